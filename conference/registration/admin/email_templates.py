"""Admin of the e-mail templates: default texts, placeholders and a preview."""

import re
from collections.abc import Callable, Iterator

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import ContentModelAdmin, ContentModelForm, per_language
from conference.core.i18n.text import LANGUAGES
from conference.mail.models import EmailTemplate
from conference.mail.rendering import sanitize_email_html, unknown_placeholders

from ..emails.context import preview_context
from ..emails.messages import default_template, render_email
from ..emails.types import EMAIL_TYPES, placeholders_for
from .base import admin_path, render_admin_page

PREVIEW_TEMPLATE = "admin/mail/emailtemplate/preview.html"
TEXT_FIELDS = [*per_language("subject"), *per_language("body")]
RESET_PARAMETER = "_reset"
# A placeholder in the target of a Markdown link.
PLACEHOLDER_IN_LINK = re.compile(r"\]\([^)\n]*\{([a-z_]+)\}[^)\n]*\)")


class EmailTemplateForm(ContentModelForm):
    """Form that shows the default text of an empty field, and saves an unchanged default text as empty."""

    class Meta:
        model = EmailTemplate
        fields = TEXT_FIELDS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.default_texts = default_texts(self.instance.email_type)
        for name in TEXT_FIELDS:
            if name in self.fields:
                self.fields[name].required = False
                self.initial[name] = getattr(self.instance, name) or self.default_texts[name]

    def clean(self) -> dict:
        data = super().clean()
        if RESET_PARAMETER in self.data:
            return data | dict.fromkeys(TEXT_FIELDS, "")
        for name in TEXT_FIELDS:
            text = data.get(name, "")
            data[name] = "" if text == self.default_texts[name] else text
            for message in placeholder_errors(self.instance.email_type, text):
                self.add_error(name, ValidationError(message, code="placeholder"))
        return data


def default_texts(email_type: str) -> dict[str, str]:
    texts = {}
    for language in LANGUAGES:
        texts[f"subject_{language}"], texts[f"body_{language}"] = default_template(email_type, language)
    return texts


def placeholder_errors(email_type: str, text: str) -> Iterator[str]:
    """Yield a sentence for each unknown placeholder, and for each one that is no URL but is used as a link."""
    names = placeholders_for(email_type)
    listed = ", ".join(f"{{{name}}}" for name in names)
    for placeholder in dict.fromkeys(unknown_placeholders(text, names)):
        yield gettext("%(found)s is not a valid placeholder. Placeholders in this e-mail: %(listed)s.") % {
            "found": placeholder,
            "listed": listed,
        }
    for name in PLACEHOLDER_IN_LINK.findall(text):
        if name in names and not name.endswith("_link"):
            yield gettext("{%(name)s} is not a web address and cannot be used as a link.") % {"name": name}


@admin.register(EmailTemplate)
class EmailTemplateAdmin(ContentModelAdmin):
    form = EmailTemplateForm
    list_display = ["__str__", "is_customized"]
    can_restore_deleted = False
    readonly_fields = ["available_placeholders"]
    fieldsets = [
        (None, {"fields": [per_language("subject"), per_language("body")]}),
        (_("Placeholders"), {"fields": ["available_placeholders"]}),
    ]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return self.list_display

    def get_list_filter(self, request: HttpRequest) -> list:
        return []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def view_on_site(self, template: EmailTemplate) -> None:
        return None

    def get_urls(self) -> list[URLPattern]:
        return [admin_path(self, "<int:pk>/preview/", preview_view, "preview", ("POST",)), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show one row for each type of e-mail, and create the missing ones."""
        if self.has_view_or_change_permission(request):
            existing = set(EmailTemplate.objects.values_list("email_type", flat=True))
            missing = [EmailTemplate(email_type=email_type) for email_type in EMAIL_TYPES if email_type not in existing]
            EmailTemplate.objects.bulk_create(missing, ignore_conflicts=True)
        return super().changelist_view(request, extra_context)

    @admin.display(description=_("text source"))
    def is_customized(self, template: EmailTemplate) -> str:
        return _("customized") if any(getattr(template, name) for name in TEXT_FIELDS) else _("default")

    @admin.display(description=_("placeholders"))
    def available_placeholders(self, template: EmailTemplate) -> str:
        names = placeholders_for(template.email_type).items()
        items = format_html_join("", "<li><code>{{{}}}</code> {}</li>", names)
        return format_html("<ul>{}</ul>", items)


def preview_view(model_admin: EmailTemplateAdmin, request: HttpRequest, pk: int) -> TemplateResponse:
    """Show the e-mail as entered in the form, with sample data. Nothing is saved."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    template = get_object_or_404(EmailTemplate, pk=pk)
    form = model_admin.get_form(request, template, change=True)(request.POST, instance=template)
    context = {
        "title": gettext("Preview: %(kind)s") % {"kind": template},
        "form": form,
        "previews": render_previews(template) if form.is_valid() else [],
    }
    return render_admin_page(model_admin, request, PREVIEW_TEMPLATE, context)


def render_previews(template: EmailTemplate, make_values: Callable[[], dict] = dict) -> list[dict[str, str]]:
    """Return language, subject, text and safe HTML in each language.

    The values are samples, except for those of make_values, which is called with the language active.
    """
    previews, email_type = [], template.email_type
    for language in LANGUAGES:
        with translation.override(language):
            email = render_email(email_type, template, preview_context(email_type) | make_values())
        html = sanitize_email_html(email.html, links=False)
        previews.append({"language": language, "subject": email.subject, "text": email.text, "html": html})
    return previews
