"""The languages that are spoken, interpreted, captioned or signed at the conference, and a field that keeps a list."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

# The six official languages of the United Nations and the host's, by ISO 639-1.
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
    """A list of language codes, each one of the choices, in the order of the choices."""

    def __init__(self, *args, languages=SPOKEN_LANGUAGES, **kwargs):
        self.languages = languages
        super().__init__(*args, **{"default": list, "blank": True} | kwargs)

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if not isinstance(value, list) or not all(isinstance(code, str) and code in self.languages for code in value):
            raise ValidationError(_("Choose languages from the list."), code="invalid_choice")

    def formfield(self, **kwargs):
        return LanguagesFormField(
            choices=list(self.languages.items()),
            required=not self.blank,
            label=capfirst(self.verbose_name),
            help_text=self.help_text,
            initial=list,
        )


class LanguagesFormField(forms.MultipleChoiceField):
    """Boxes to tick. The order in which they are sent does not matter."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value):
        chosen = super().clean(value)
        return [code for code, _name in self.choices if code in chosen]
