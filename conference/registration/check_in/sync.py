"""Upload of check-ins that were recorded without a network, and what has happened elsewhere meanwhile.

Each check-in is recorded in a transaction of its own, so that a server that stops in the middle loses nothing: the
device sends all of them again, and those that are recorded already change nothing.
"""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from ..days import current_day
from ..models import CheckIn, Entrance, Registration, Ticket, Verdict
from ..tickets.issuance import short_code
from . import devices
from .access import Access
from .answers import build_answer, build_refusal, find_current_ticket, format_time
from .forms import MAX_TEXT
from .recording import CheckInRequest, Direction, IdentityInUseError, record_check_in
from .ticket_hashes import ticket_hashes

MAX_CHECK_INS = 500
# The period in which an upload is accepted. Clocks of devices may be ahead of the server's.
MAX_AGE = devices.UPLOAD_PERIOD
# Check-ins become visible when their transaction ends, which may be some seconds after they were received.
CURSOR_OVERLAP = datetime.timedelta(seconds=30)


class MalformedEventError(Exception):
    """An event of an upload cannot be recorded. The message is for the operator."""


@dataclass(frozen=True)
class UploadedEvent:
    """One check-in that a device has recorded, as it was sent."""

    id: uuid.UUID
    direction: str
    moment: datetime.datetime
    ticket_hash: str
    registration: uuid.UUID | None
    note: str
    override_reason: str


def parse_event(data: Any, now: datetime.datetime) -> UploadedEvent:
    """Return the event. Raises MalformedEventError; a time in the future becomes now."""
    if not isinstance(data, dict):
        raise MalformedEventError(_("This is not a check-in."))
    key, registration = parse_uuid(data.get("id")), parse_uuid(data.get("registration"))
    if key is None:
        raise MalformedEventError(_("The check-in has no number."))
    direction, ticket_hash = data.get("direction", Direction.IN.value), data.get("hash", "")
    if direction not in Direction.values:
        raise MalformedEventError(_("The direction is neither in nor out."))
    if not isinstance(ticket_hash, str) or not (ticket_hash or registration):
        raise MalformedEventError(_("The check-in has neither a ticket nor a registration."))
    moment = parse_moment(data.get("at"))
    if moment is None:
        raise MalformedEventError(_("The time of the check-in is missing or has no time zone."))
    if now - moment > MAX_AGE:
        raise MalformedEventError(_("The check-in is older than three days. It was not recorded."))
    texts = [clean_text(data.get(name)) for name in ("note", "override_reason")]
    return UploadedEvent(key, direction, min(moment, now), ticket_hash, registration, *texts)


def parse_uuid(text: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def parse_moment(text: Any) -> datetime.datetime | None:
    """Return an aware time; None if the text is malformed or names no offset."""
    try:
        moment = parse_datetime(text) if isinstance(text, str) else None
        # Times near the ends of the calendar cannot be converted to another time zone.
        return moment.astimezone(datetime.UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def clean_text(text: Any) -> str:
    """Return a text without what databases cannot store, and not longer than the field."""
    # JSON may hold halves of characters ("\ud800").
    return text.encode(errors="ignore").decode().replace("\0", "").strip()[:MAX_TEXT] if isinstance(text, str) else ""


def record_uploaded(events: list[Any], access: Access, entrance: Entrance) -> list[dict[str, Any]]:
    """Record the events in the order of their times and return a result for each, in the order in which they came.

    An event that cannot be recorded gets an error and does not keep the others from being recorded.
    """
    now, results, parsed = timezone.now(), {}, {}
    for position, data in enumerate(events):
        try:
            parsed[position] = parse_event(data, now)
        except MalformedEventError as error:
            results[position] = {"id": get_given_id(data), "error": str(error)}
    tickets = find_tickets(event.ticket_hash for event in parsed.values())
    for position, event in sorted(parsed.items(), key=lambda item: item[1].moment):
        results[position] = {"id": str(event.id)} | record_event(
            event, tickets.get(event.ticket_hash), access, entrance
        )
    return [results[position] for position in range(len(events))]


def get_given_id(data: Any) -> str | None:
    key = data.get("id") if isinstance(data, dict) else None
    return key if isinstance(key, str) else None


def find_tickets(hashes: Iterable[str]) -> dict[str, Ticket]:
    """Return the tickets of hashes, in two queries at most."""
    keys = ticket_hashes.find({text for text in hashes if text})
    tickets = Ticket.objects.select_related("registration").in_bulk(keys.values())
    return {text: tickets[key] for text, key in keys.items() if key in tickets}


def record_event(event: UploadedEvent, ticket: Ticket | None, access: Access, entrance: Entrance) -> dict[str, Any]:
    """Record one event and return its answer, or an error."""
    device = access.device
    if device and not devices.is_one_of_its_days(device, event.moment):
        return {"error": _("This is not one of the days of the device. It was not recorded.")}
    registration = ticket.registration if ticket else find_registration(event.registration)
    if registration is None:
        # The error makes the device keep the check-in for the operator.
        return build_refusal(Verdict.UNKNOWN).as_json() | {
            "error": _("No registration was found. It was not recorded.")
        }
    request = CheckInRequest(
        event.id,
        registration,
        entrance,
        access.operator,
        ticket,
        event.direction,
        event.moment,
        was_offline=True,
        override_reason=event.override_reason if access.can_override else "",
        note=event.note,
    )
    try:
        return build_answer(record_check_in(request), access, entrance, ticket).as_json()
    except IdentityInUseError as error:
        return {"error": str(error)}
    except ObjectDoesNotExist:
        return {"error": _("The registration was erased. It was not recorded.")}
    except IntegrityError:
        return {"error": _("This number belongs to another check-in.")}


def find_registration(key: uuid.UUID | None) -> Registration | None:
    return Registration.objects.filter(pk=key).first() if key else None


# What happened elsewhere


def make_cursor(now: datetime.datetime) -> str:
    """Return the time from which a device needs the changes next, in ISO 8601, after an answer at this time."""
    return (now - CURSOR_OVERLAP).isoformat()


def list_changes(entrance: Entrance, since: datetime.datetime | None) -> list[list[Any]]:
    """Return [hash, direction, time, entrance, key, whether it was undone] of each check-in of today at this place.

    With since, only of those that were received or undone later. The hash is that of the valid ticket, or of the last
    one. Some may be returned twice; their keys show it. The number of queries is constant.
    """
    check_ins = CheckIn.objects.filter(day=current_day(), entrance__session=entrance.session_id, is_repeated=False)
    if since:
        check_ins = check_ins.filter(Q(received_at__gt=since) | Q(undone_at__gt=since))
    rows = list(
        check_ins.order_by("at", "received_at").values_list(
            "registration_id", "direction", "at", "entrance_id", "pk", "undone_at"
        )
    )
    tickets = find_last_tickets({row[0] for row in rows})
    hashes = ticket_hashes.get(list(tickets.values()))
    names = {entrance.pk: str(entrance) for entrance in Entrance.objects.all()}
    return [
        [
            hashes[tickets[registration]][0] if registration in tickets else "",
            direction,
            timezone.localtime(at).isoformat(),
            names.get(entrance_key, ""),
            str(key),
            undone_at is not None,
        ]
        for registration, direction, at, entrance_key, key, undone_at in rows
    ]


def find_last_tickets(registrations: set[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the id of the valid ticket, or else of the last one, of each registration."""
    tickets = Ticket.objects.order_by("issued_at")
    if len(registrations) < MAX_CHECK_INS:
        tickets = tickets.filter(registration__in=registrations)
    found = {}
    for key, registration, voided_at in tickets.values_list("pk", "registration_id", "voided_at"):
        if registration in registrations and (voided_at is None or registration not in found):
            found[registration] = key
    return found


def list_notices(access: Access, since: datetime.datetime | None) -> list[dict[str, str]]:
    """Return a sentence about each of one's own entries that another device without a network has repeated."""
    own = {"earlier__device": access.device} if access.device else {"earlier__by": access.operator.user}
    repeated = CheckIn.objects.filter(**own, day=current_day(), was_offline=True, undone_at=None)
    if since:
        repeated = repeated.filter(received_at__gt=since)
    repeated = repeated.select_related("registration", "entrance", "earlier__entrance").prefetch_related(
        "registration__tickets"
    )
    return [{"id": str(item.pk), "text": describe_repetition(item)} for item in repeated.order_by("received_at")]


def describe_repetition(check_in: CheckIn) -> str:
    ticket = find_current_ticket(check_in.registration.tickets.all())
    text = _(
        "%(name)s (%(number)s), checked in at %(own_time)s at %(own_entrance)s, was also let in at %(time)s at "
        "%(entrance)s by a device without a network."
    )
    earlier: Any = check_in.earlier
    return text % {
        "name": check_in.registration.badge_name,
        "number": short_code(ticket) if ticket else "–",
        "own_time": format_time(earlier.at),
        "own_entrance": earlier.entrance,
        "time": format_time(check_in.at),
        "entrance": check_in.entrance,
    }
