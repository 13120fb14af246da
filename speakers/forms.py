"""Form of the speaker list's search."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from conference.core.search import split_search
from sessions.programme import Programme, Speaker


class SpeakerFilterForm(forms.Form):
    """Search and grouping from a query string. Invalid values are reported and ignored."""

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    by = forms.ChoiceField(
        label=_("Group by"), required=False, choices=[("name", _("Name")), ("country", _("Country or territory"))]
    )

    def __init__(self, query: Mapping[str, str]):
        super().__init__(data={"q": query.get("q", ""), "by": query.get("by", "name")}, auto_id="id_%s")
        self.fields["by"].error_messages["invalid_choice"] = _("“%(value)s” is not a valid option and was ignored.")
        self.full_clean()

    @property
    def is_grouped_by_country(self) -> bool:
        return self.cleaned_data.get("by") == "country"

    def filter_speakers(self, programme: Programme) -> list[Speaker]:
        """Return the speakers whose texts contain all search words."""
        words = split_search(self.cleaned_data.get("q", ""))
        return [speaker for speaker in programme.speakers if programme.get_search_text(speaker).contains(words)]
