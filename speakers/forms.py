from django import forms
from django.utils.translation import gettext_lazy as _

from conference.core.text import normalize_for_search


class SpeakerFilterForm(forms.Form):
    """What a visitor may ask of the list of speakers. What is not understood is said and left aside."""

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    by = forms.ChoiceField(
        label=_("Group by"), required=False, choices=[("name", _("Name")), ("country", _("Country or territory"))]
    )

    def __init__(self, query):
        super().__init__(data={"q": query.get("q", ""), "by": query.get("by", "name")}, auto_id="id_%s")
        self.fields["by"].error_messages["invalid_choice"] = _("“%(value)s” is not a valid option and was ignored.")
        self.full_clean()

    @property
    def is_grouped_by_country(self):
        return self.cleaned_data.get("by") == "country"

    def filter_speakers(self, programme):
        words = normalize_for_search(self.cleaned_data.get("q", "")).split()
        return [s for s in programme.speakers if all(word in programme.get_search_text(s) for word in words)]
