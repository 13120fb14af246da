"""Seats that became free: offered to those who wait, the first first, and accepted, refused or left to lapse."""

import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import letters, seats
from ..models import House, Registration, Seat, Step
from ..states import NotPossible
from .case import Case, holding_seats, today

Action = Step.Action
# Who lets so many offers lapse is not asked again.
LAPSES = 2


def accept(seat, *, by):
    """Take a seat that was offered, while the offer stands."""
    with holding_seats():
        case, seat = _offered(seat, by)
        if seat.offered_until <= case.now:
            raise NotPossible(_("This offer has lapsed."))
        case.counts = seats.counts()
        case.take(seat)
        case.settle(Action.ACCEPT)
        letters.write("confirmed", case.registration)
        offer(case.counts)


def refuse(seat, *, by):
    """Give back a seat that was offered. A seat held meanwhile on that day stays."""
    with holding_seats():
        case, seat = _offered(seat, by)
        case.counts = seats.counts()
        case.put(seat, Seat.State.RELEASED)
        for other in case.seats:
            if other.day == seat.day and other.meanwhile and other.state == Seat.State.CONFIRMED:
                case.put(other, Seat.State.CONFIRMED)
        case.settle(Action.REFUSE)
        letters.write("changed", case.registration)
        offer(case.counts)


def _offered(seat, by):
    """The case and its own copy of the seat. Raises NotPossible where it is not offered any more."""
    case = Case.of(Registration.objects.get(pk=seat.registration_id), by)
    # One that lapsed and was offered again is another offer.
    own = next((own for own in case.seats if (own.pk, own.since) == (seat.pk, seat.since)), None)
    if own is None or own.state != Seat.State.OFFERED:
        raise NotPossible(_("This seat is not offered to you any more."))
    return case, own


def lapse_offers():
    """Offers that nobody took in time: to the end of the list, and the next in line are asked. How many."""
    past = Seat.objects.filter(state=Seat.State.OFFERED, offered_until__lte=timezone.now())
    if not past.exists():
        return 0
    with holding_seats():
        lapsed, known = list(past.order_by("offered_until", "pk")), seats.counts()
        for seat in lapsed:
            _lapse(seat, known)
        offer(known)
    return len(lapsed)


def _lapse(seat, known):
    case, seat = _offered(seat, None)
    case.counts = known
    seat.lapses += 1
    case.put(seat, Seat.State.WAITING if seat.lapses < LAPSES else Seat.State.RELEASED)
    case.settle(Action.LAPSE)
    letters.write("lapsed", case.registration, seat=seat)


def offer_free_seats():
    """Offer what is free to those who wait, the first first: after a limit was raised. How many offers."""
    with holding_seats():
        return offer(seats.counts())


def offer(known, to_others_than=None):
    """Offer what is free by these counts, which the caller knows to be true. How many offers."""
    if not any(tally.waiting and not tally.is_full for tally in known.days.values()):
        return 0
    made = 0
    until = timezone.now() + datetime.timedelta(hours=House.objects.get(pk=1).offer_hours)
    for case, seat in _waiting(known):
        if case.registration != to_others_than and case.has_room(seat):
            case.put(seat, Seat.State.OFFERED, until=until)
            case.settle(Action.OFFER)
            letters.write("offered", case.registration, seat=seat)
            made += 1
    return made


def _waiting(known):
    """Pairs of a case and its seat, in line; in as many queries however many wait."""
    line = list(seats.next_in_line().filter(day__gte=today()))
    people = {seat.registration_id for seat in line}
    found = Registration.objects.filter(pk__in=people).select_related("user", "category").prefetch_related("seats")
    cases = {row.pk: Case(row, None, timezone.now(), list(row.seats.all()), known) for row in found}
    for seat in line:
        case = cases[seat.registration_id]
        yield case, case.on(seat.day, seat.mode)
