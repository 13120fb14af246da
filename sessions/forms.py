"""What a visitor may ask of the agenda: each answer narrows it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from conference.core.languages import LANGUAGE_NAMES
from conference.core.text import normalize_for_search
from conference.core.timezones import COMMON_ZONES

from .models import Session

# What a session says to each question that offers a choice.
FILTER_VALUES = {
    "theme": lambda session: [theme.slug for theme in session.themes],
    "kind": lambda session: [session.kind],
    "room": lambda session: [session.room.slug] if session.room else [],
    "language": lambda session: session.available_languages,
}
FILTERS = (*FILTER_VALUES, "q")


class AgendaFilterForm(forms.Form):
    """Bound to a query string. What is not among the choices is said and left aside; the rest still narrows."""

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    theme = forms.ChoiceField(label=_("Theme"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    room = forms.ChoiceField(label=_("Room"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    tz = forms.CharField(label=_("Show times also in"), max_length=100, required=False)
    common_zones = COMMON_ZONES

    def __init__(self, programme, query):
        super().__init__(data={name: query.get(name, "") for name in self.base_fields}, auto_id="id_%s")
        kinds = dict(Session.Kind.choices)
        self._set_choices("theme", _("All themes"), [(theme.slug, theme.name) for theme in programme.themes])
        self._set_choices("kind", _("All kinds"), [(kind, kinds.get(kind, kind)) for kind in programme.kinds])
        self._set_choices("room", _("All rooms"), [(room.slug, room.name) for room in programme.rooms])
        self._set_choices(
            "language", _("All languages"), [(code, LANGUAGE_NAMES.get(code, code)) for code in programme.languages]
        )
        self.full_clean()

    def _set_choices(self, name, everything, choices):
        self.fields[name].choices = [("", everything), *choices]
        self.fields[name].error_messages["invalid_choice"] = _("“%(value)s” is not a valid option and was ignored.")

    @property
    def choices(self):
        """The fields to choose from a list in."""
        return [self[name] for name in FILTER_VALUES]

    @property
    def has_filters(self):
        """Whether something other than the search is asked for, or was not understood."""
        return any(self.data[name] for name in self.fields if name != "q")

    @property
    def active_filters(self):
        """What narrows: only what was understood, nothing empty."""
        return {name: self.cleaned_data[name] for name in FILTERS if self.cleaned_data.get(name)}

    def filter_sessions(self, programme, sessions):
        """The sessions that answer to everything asked for."""
        asked = self.active_filters
        for name, answers in FILTER_VALUES.items():
            if name in asked:
                sessions = [session for session in sessions if asked[name] in answers(session)]
        for word in normalize_for_search(asked.get("q", "")).split():
            sessions = [session for session in sessions if word in programme.get_search_text(session)]
        return list(sessions)
