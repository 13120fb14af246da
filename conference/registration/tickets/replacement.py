"""When a ticket is void: a printed copy must show nothing false that matters at the entrance.

A void ticket is replaced by a new one as soon as its holder opens the ticket or gets the next e-mail with it.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

from django.contrib.auth.models import User
from django.utils import timezone

from ..duplicates import NameFingerprint, names_match
from ..models import Mode, Registration, RegistrationEvent, RegistrationStatus, Seat, Ticket


@dataclass(frozen=True)
class TicketFacts:
    """What a ticket shows and the check-in relies on. days are those with a confirmed seat in person."""

    passport_name: str
    badge_name: str
    category_id: int | None
    days: frozenset[datetime.date]
    is_closed: bool

    @classmethod
    def of(cls, registration: Registration, seats: Iterable[Seat]) -> Self:
        in_person = (seat for seat in seats if seat.mode == Mode.IN_PERSON and seat.status == Seat.Status.CONFIRMED)
        return cls(
            registration.passport_name,
            registration.badge_name,
            registration.category_id,
            frozenset(seat.day for seat in in_person),
            registration.is_closed,
        )


def is_void(shown: TicketFacts, present: TicketFacts) -> bool:
    """Return whether a ticket that shows some facts is void now.

    It is if the registration is closed, for another person, in another category, or no longer for a day in person that
    the ticket shows. It is not for an added day, for days online, or for a corrected spelling or organization.
    """
    return (
        (present.is_closed and not shown.is_closed)
        or not is_same_person(shown, present)
        or present.category_id != shown.category_id
        or not shown.days <= present.days
    )


def is_same_person(one: TicketFacts, two: TicketFacts) -> bool:
    """Return whether two tickets name one person. The name on a badge may be a part of the one in the passport."""
    has_same_badge = names_agree(one.badge_name, two.badge_name) or names_agree(one.passport_name, two.badge_name)
    return names_agree(one.passport_name, two.passport_name) and has_same_badge


def names_agree(one: str, two: str) -> bool:
    """Return whether two names can be of one person: one has all words of the other, or at most two letters differ."""
    if one == two:
        return True
    first, second = (NameFingerprint.from_values(None, name, "", "") for name in (one, two))
    if not first.words or not second.words:
        return False
    shorter, longer = sorted((set(first.words), set(second.words)), key=len)
    return first.has_same_name(second) or shorter <= longer or names_match(first, second)


def void_tickets(registration: Registration, now: datetime.datetime) -> bool:
    """Void the ticket of a registration and return whether there was one."""
    return bool(Ticket.objects.valid().filter(registration=registration).update(voided_at=now))


def void_tickets_of_days(days: Collection[datetime.date], *, by: User | None) -> int:
    """Void the tickets that show one of these days in person, before the event moves to others; return how many."""
    seats = Seat.objects.confirmed_in_person().filter(day__in=days)
    tickets = Ticket.objects.valid().filter(registration__in=seats.values("registration"))
    now, confirmed = timezone.now(), RegistrationStatus.CONFIRMED
    holders = list(tickets.filter(registration__status=confirmed).values_list("registration", flat=True))
    number = tickets.update(voided_at=now)
    RegistrationEvent.objects.bulk_create(
        [make_event(registration_id=key, before=confirmed, after=confirmed, at=now, by=by) for key in holders],
        batch_size=500,
    )
    return number


def make_event(**fields: object) -> RegistrationEvent:
    """Return the event, not saved, that a ticket was replaced."""
    return RegistrationEvent(action=RegistrationEvent.Action.TICKET_REISSUED, **fields)
