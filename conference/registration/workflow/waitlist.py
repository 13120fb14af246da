"""Seats that became free: offered to those who wait, the first first, and accepted, refused or left to lapse."""

import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import capacity, emails
from ..models import Mode, Registration, RegistrationEvent, RegistrationSettings, Seat
from ..states import InvalidTransitionError
from .process import RegistrationProcess, conference_today, seats_locked

Action = RegistrationEvent.Action
# Who lets so many offers lapse is not asked again.
MAX_EXPIRED_OFFERS = 2


def accept_offer(seat, *, by):
    """Take a seat that was offered, while the offer stands."""
    with seats_locked():
        case, seat = load_offered_seat(seat, by)
        if seat.offered_until <= case.now:
            raise InvalidTransitionError(_("This offer has expired."))
        case.counts = capacity.count_seats()
        case.confirm_seat(seat)
        case.update_status_from_seats(Action.OFFER_ACCEPTED)
        emails.queue_registration_email("confirmed", case.registration)
        make_offers(case.counts)


def decline_offer(seat, *, by):
    """Give back a seat that was offered. A seat held meanwhile on that day stays."""
    with seats_locked():
        case, seat = load_offered_seat(seat, by)
        case.counts = capacity.count_seats()
        case.set_seat_status(seat, Seat.Status.RELEASED)
        for other in case.seats:
            if other.day == seat.day and other.is_interim and other.status == Seat.Status.CONFIRMED:
                case.set_seat_status(other, Seat.Status.CONFIRMED)
        case.update_status_from_seats(Action.OFFER_DECLINED)
        emails.queue_registration_email("changed", case.registration)
        make_offers(case.counts)


def load_offered_seat(seat, by):
    """The case and its own copy of the seat. Raises NotPossible where it is not offered any more."""
    case = RegistrationProcess.load(Registration.objects.get(pk=seat.registration_id), by)
    # One that lapsed and was offered again is another offer.
    own = next((own for own in case.seats if (own.pk, own.queued_since) == (seat.pk, seat.queued_since)), None)
    if own is None or own.status != Seat.Status.OFFERED:
        raise InvalidTransitionError(_("This seat is no longer offered to you."))
    return case, own


def expire_offers():
    """Offers that nobody took in time: to the end of the list, and the next in line are asked. How many."""
    past = Seat.objects.filter(status=Seat.Status.OFFERED, offered_until__lte=timezone.now())
    if not past.exists():
        return 0
    with seats_locked():
        lapsed, known = list(past.order_by("offered_until", "pk")), capacity.count_seats()
        for seat in lapsed:
            expire_offer(seat, known)
        make_offers(known)
    return len(lapsed)


def expire_offer(seat, known):
    case, seat = load_offered_seat(seat, None)
    case.counts = known
    seat.expired_offers += 1
    case.set_seat_status(
        seat, Seat.Status.WAITLISTED if seat.expired_offers < MAX_EXPIRED_OFFERS else Seat.Status.RELEASED
    )
    case.update_status_from_seats(Action.OFFER_EXPIRED)
    emails.queue_registration_email("offer_expired", case.registration, seat=seat)


def offer_available_seats():
    """Offer what is free to those who wait, the first first: after a limit was raised. How many offers."""
    with seats_locked():
        return make_offers(capacity.count_seats())


def make_offers(known, to_others_than=None):
    """Offer what is free by these counts, which the caller knows to be true. How many offers."""
    if not any(tally.waitlisted and not tally.is_full for tally in known.days.values()):
        return 0
    made = 0
    until = timezone.now() + datetime.timedelta(hours=RegistrationSettings.objects.get(pk=1).offer_hours)
    for case, seat in iterate_waitlist(known):
        if case.registration != to_others_than and case.can_have_seat(seat):
            case.set_seat_status(seat, Seat.Status.OFFERED, until=until)
            case.update_status_from_seats(Action.OFFER_MADE)
            emails.queue_registration_email("offer", case.registration, seat=seat)
            made += 1
    return made


def iterate_waitlist(known):
    """Pairs of a case and its seat, in line; in as many queries however many wait."""
    line = list(capacity.waitlisted_seats().filter(day__gte=conference_today()))
    people = {seat.registration_id for seat in line}
    found = Registration.objects.filter(pk__in=people).select_related("user", "category").prefetch_related("seats")
    cases = {row.pk: RegistrationProcess(row, None, timezone.now(), list(row.seats.all()), known) for row in found}
    for seat in line:
        case = cases[seat.registration_id]
        yield case, case.get_or_create_seat(seat.day, seat.mode)


def allocate_seats(case):
    """What was asked for becomes confirmed where there is room, and waited for elsewhere."""
    for seat in [seat for seat in case.seats if seat.status == Seat.Status.REQUESTED]:
        serve_waitlist_first(case, seat)
        if case.can_have_seat(seat):
            case.confirm_seat(seat)
        else:
            case.set_seat_status(seat, Seat.Status.WAITLISTED)
    assign_interim_online_seats(case)


def serve_waitlist_first(case, seat):
    """Others who wait come first: what is free is theirs. Nothing to do where nobody waits for this kind of seat."""
    if case.counts.for_day(seat.day, seat.mode).waitlisted:
        make_offers(case.counts, to_others_than=case.registration)


def assign_interim_online_seats(case):
    """Online seats for days on which somebody waits for one in the house, if they like that and have none."""
    if not case.registration.online_while_waitlisted:
        return
    for seat in awaited_in_person_seats(case):
        online = case.get_or_create_seat(seat.day, Mode.ONLINE)
        if online.status == Seat.Status.RELEASED and case.can_have_seat(online):
            case.set_seat_status(online, Seat.Status.CONFIRMED, is_interim=True)


def release_interim_online_seats(case):
    """Give back what was held online meanwhile."""
    for seat in awaited_in_person_seats(case):
        online = case.get_or_create_seat(seat.day, Mode.ONLINE)
        if online.is_interim:
            case.set_seat_status(online, Seat.Status.RELEASED)


def awaited_in_person_seats(case):
    awaited = (Seat.Status.WAITLISTED, Seat.Status.OFFERED)
    return [seat for seat in case.seats if seat.mode == Mode.IN_PERSON and seat.status in awaited]
