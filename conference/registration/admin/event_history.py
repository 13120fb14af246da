"""Events of a registration in the form that the review page shows."""

from dataclasses import dataclass

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from conference.core.versioning.formatting import RelatedNames, format_value, get_field_label
from conference.core.versioning.timeline import get_display_name

from ..formatting import describe_seat
from ..models import STATISTICS_ONLY_FIELDS, Mode, Registration, RegistrationEvent
from ..workflow import REVIEWED_FIELDS


@dataclass(frozen=True)
class EventRow:
    """An event with its author's name, its changed fields as (label, before, after), and its seats as sentences."""

    event: RegistrationEvent
    actor: str
    field_changes: list[tuple[str, str, str]]
    seat_changes: list[str]

    @property
    def title(self) -> str:
        """Name of the event, followed by the new status if it differs from the name."""
        action, status = self.event.get_action_display(), self.event.get_after_display()
        changes_status = self.event.before != self.event.after and status != action
        return f"{action}: {status}" if changes_status else action


def build_event_rows(registration: Registration) -> list[EventRow]:
    """Return the events of a registration, newest first."""
    events = list(registration.events.select_related("by"))
    return [
        EventRow(
            event,
            get_actor_name(event, registration),
            describe_field_changes(event),
            describe_seat_changes(event),
        )
        for event in reversed(events)
    ]


def get_actor_name(event: RegistrationEvent, registration: Registration) -> str:
    """Return who caused an event: the participant, an organizer's name, or the system."""
    if event.by_id == registration.user_id:
        return _("participant")
    return get_display_name(event.by) or _("system")


def describe_field_changes(event: RegistrationEvent) -> list[tuple[str, str, str]]:
    hidden = {"seats", *STATISTICS_ONLY_FIELDS}
    changes = {name: values for name, values in event.changes.items() if name not in hidden}
    return [
        (get_field_label(Registration, name), format_changed_value(name, before), format_changed_value(name, after))
        for name, (before, after) in changes.items()
    ]


def changes_since_approval(registration: Registration) -> list[tuple[str, str, str]]:
    """Return (label, approved value, present value) of the reviewed fields that were changed after the last approval.

    It is empty unless the registration is pending again.
    """
    actions = RegistrationEvent.Action
    if not registration.is_pending:
        return []
    events = list(registration.events.all())
    approvals = [number for number, event in enumerate(events) if event.action == actions.APPROVED]
    later = events[approvals[-1] + 1 :] if approvals else []
    changes: dict[str, list] = {}
    for event in later:
        for name in REVIEWED_FIELDS & event.changes.keys():
            before, after = event.changes[name]
            changes[name] = [changes.get(name, [before])[0], after]
    return [
        (get_field_label(Registration, name), format_changed_value(name, before), format_changed_value(name, after))
        for name, (before, after) in changes.items()
        if before != after
    ]


def format_changed_value(name: str, value: object) -> str:
    # Related objects are recorded by their name, not by their key.
    if Registration._meta.get_field(name).is_relation:
        return str(value)
    return format_value(Registration, name, value, RelatedNames(Registration, []))


def describe_seat_changes(event: RegistrationEvent) -> list[str]:
    sentences = []
    for day, mode, _before, after in event.changes.get("seats", []):
        date = date_format(parse_date(day), "MONTH_DAY_FORMAT")
        sentences.append(_("%(day)s: %(what)s") % {"day": date, "what": describe_seat(Mode(mode), after)})
    return sentences
