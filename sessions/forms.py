"""Form of the agenda's search and filters."""

from collections.abc import Iterable, Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from conference.core.i18n.languages import LANGUAGE_NAMES
from conference.core.i18n.text import make_slug
from conference.core.i18n.timezones import COMMON_ZONES

from .labels import KIND_LABELS
from .programme import Programme, Session

# The values of a session that each filter compares with the chosen one.
FILTER_VALUES = {
    "theme": lambda session: [theme.slug for theme in session.themes],
    "kind": lambda session: [session.kind],
    "room": lambda session: [session.room.slug] if session.room else [],
    "language": lambda session: session.available_languages,
}
FILTERS = (*FILTER_VALUES, "q")


class AgendaFilterForm(forms.Form):
    """Search and filters from a query string. Invalid values are reported and ignored; the others still apply."""

    q = forms.CharField(label=_("Search"), max_length=100, required=False)
    theme = forms.ChoiceField(label=_("Theme"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    room = forms.ChoiceField(label=_("Room"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    tz = forms.CharField(label=_("Also show times in"), max_length=100, required=False)
    common_zones = COMMON_ZONES
    # Whether a value was typed in another spelling than that of the choice.
    has_other_spelling = False

    def __init__(self, programme: Programme, query: Mapping[str, str]):
        super().__init__(data={name: query.get(name, "") for name in self.base_fields}, auto_id="id_%s")
        self.set_choices("theme", _("All themes"), ((theme.slug, theme.name) for theme in programme.themes))
        self.set_choices("kind", _("All kinds"), ((kind, KIND_LABELS.get(kind, kind)) for kind in programme.kinds))
        self.set_choices("room", _("All rooms"), ((room.slug, room.name) for room in programme.rooms))
        self.set_choices(
            "language", _("All languages"), ((code, LANGUAGE_NAMES.get(code, code)) for code in programme.languages)
        )
        self.full_clean()

    def set_choices(self, name: str, empty_label: str, choices: Iterable[tuple[str, object]]) -> None:
        """Set the choices of a field. A value in another spelling becomes the choice that is meant."""
        self.fields[name].choices = [("", empty_label), *choices]
        value, wanted = self.data[name], make_slug(self.data[name])
        values = [choice for choice, _label in self.fields[name].choices]
        if value not in values and (meant := [choice for choice in values if wanted and make_slug(choice) == wanted]):
            self.data[name], self.has_other_spelling = meant[0], True
        self.fields[name].error_messages["invalid_choice"] = _("“%(value)s” is not a valid option and was ignored.")

    @property
    def choice_fields(self) -> list[forms.BoundField]:
        """Return the fields with a list of choices."""
        return [self[name] for name in FILTER_VALUES]

    @property
    def filter_errors(self) -> list[tuple[forms.BoundField, str]]:
        """Return the fields with an invalid choice, each with its error message."""
        return [(field, error) for field in self.choice_fields for error in field.errors]

    @property
    def active_choices(self) -> list[tuple[str, str, str]]:
        """Return the name, the label and the label of the chosen value of each active filter apart from the search."""
        return [
            (field.name, str(field.label), str(dict(field.field.choices)[value]))
            for field in self.choice_fields
            if (value := self.active_filters.get(field.name))
        ]

    @property
    def active_filters(self) -> dict[str, str]:
        """Return the valid filters, the search included, without empty ones."""
        return {name: self.cleaned_data[name] for name in FILTERS if self.cleaned_data.get(name)}

    def filter_sessions(self, programme: Programme, sessions: Iterable[Session]) -> list[Session]:
        """Return the sessions that match all active filters. Breaks are shown only where nothing is filtered."""
        active = self.active_filters
        if active:
            sessions = [session for session in sessions if not session.is_break]
        for name, get_values in FILTER_VALUES.items():
            if name in active:
                sessions = [session for session in sessions if active[name] in get_values(session)]
        if "q" in active:
            found = programme.search(Session, active["q"])
            sessions = [session for session in sessions if session.slug in found]
        return list(sessions)
