"""Languages of the conference (spoken, interpreted, captioned, signed) and a model field for a list of them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

# The six official languages of the United Nations and that of the host country, by ISO 639-1.
SPOKEN_LANGUAGES = {
    "ar": _("Arabic"),
    "zh": _("Chinese"),
    "en": _("English"),
    "fr": _("French"),
    "ru": _("Russian"),
    "es": _("Spanish"),
    "vi": _("Vietnamese"),
}
# By ISO 639-3.
SIGN_LANGUAGES = {
    "ils": _("International Sign"),
    "hab": _("Ha Noi Sign Language"),
}
LANGUAGE_NAMES = SPOKEN_LANGUAGES | SIGN_LANGUAGES


class LanguagesField(models.JSONField):
    """List of language codes. languages are the choices: {code: name}. The list has their order."""

    def __init__(self, *args: Any, languages: Mapping[str, Any] = SPOKEN_LANGUAGES, **kwargs: Any):
        self.languages = languages
        options: dict[str, Any] = {"default": list, "blank": True} | kwargs
        super().__init__(*args, **options)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if not isinstance(value, list) or not all(isinstance(code, str) and code in self.languages for code in value):
            raise ValidationError(_("Choose languages from the list."), code="invalid_choice")

    def formfield(self, **kwargs: Any) -> forms.Field:
        return LanguagesFormField(
            choices=list(self.languages.items()),
            required=not self.blank,
            label=capfirst(self.verbose_name),
            help_text=self.help_text,
            initial=list,
        )


class LanguagesFormField(forms.MultipleChoiceField):
    """Checkboxes. The value has the order of the choices, whatever the order of the submitted codes."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> list[str]:
        codes = super().clean(value)
        choices: Any = self.choices
        return [code for code, _name in choices if code in codes]
