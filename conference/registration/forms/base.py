"""Base form with a summary of errors, and text fields that follow the model fields."""

from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import ngettext_lazy

from ..models import Registration

# Names of fields that are shown as a group of radio buttons or checkboxes, in addition to the days.
CHOICE_GROUPS = ("category", "languages")
DAY_FIELD_PREFIX = "day_"


def build_text_field(
    field_class: type[forms.CharField],
    name: str,
    *,
    model: type = Registration,
    required: str | Promise = "",
    help_text: str | Promise = "",
    widget: type[forms.Widget] = forms.TextInput,
    **attrs: object,
) -> forms.CharField:
    """Return a form field for a model field with text; required is the message for an empty value, "" if optional."""
    model_field = model._meta.get_field(name)
    return field_class(
        label=capfirst(model_field.verbose_name),
        required=bool(required),
        max_length=model_field.max_length,
        help_text=help_text,
        widget=widget(attrs=attrs),
        error_messages={
            "required": required,
            "max_length": ngettext_lazy(
                "At most %(limit_value)d character; you have entered %(show_value)d.",
                "At most %(limit_value)d characters; you have entered %(show_value)d.",
                "limit_value",
            ),
        },
    )


class ErrorSummaryForm(forms.Form):
    """Form whose errors the server reports, in a summary at the top and at each field, instead of the browser."""

    use_required_attribute = False

    def error_summary(self) -> list["ErrorLink"]:
        """Return the first error of each field, in the order of the page."""
        return [build_error_link(self, name) for name in self.page_order() if name in self.errors]

    def page_order(self) -> list[str]:
        """Return the field names in the order in which the page shows them."""
        return list(self.fields)


@dataclass(frozen=True)
class ErrorLink:
    """Error in the summary, with the id of the element to which it links."""

    target: str
    label: str
    error: str


def build_error_link(form: forms.Form, name: str) -> ErrorLink:
    field = form[name]
    is_choice_group = name in CHOICE_GROUPS or name.startswith(DAY_FIELD_PREFIX)
    target = f"{field.auto_id}_0" if is_choice_group else field.auto_id
    return ErrorLink(target, field.label, form.errors[name][0])
