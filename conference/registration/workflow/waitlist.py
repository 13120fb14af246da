"""Wait lists: allocation of requested seats, and offers of free seats in queue order."""

import datetime
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import emails
from ..capacity import SeatCounts, count_seats
from ..models import Mode, Registration, RegistrationEvent, RegistrationSettings, Seat
from ..states import InvalidTransitionError
from .process import RegistrationProcess, seats_locked

Action = RegistrationEvent.Action
# After this many expired offers a seat leaves the wait list.
MAX_EXPIRED_OFFERS = 2


def accept_offer(seat: Seat, *, by: User | None) -> None:
    """Confirm an offered seat. Raise InvalidTransitionError if the offer is over."""
    with seats_locked():
        process, seat = load_offered_seat(seat, by)
        if not seat.has_open_offer:
            raise InvalidTransitionError(_("This offer has expired."))
        process.counts = count_seats()
        process.confirm_seat(seat)
        process.update_status_from_seats(Action.OFFER_ACCEPTED)
        emails.queue_registration_email("confirmed", process.registration)
        make_offers(process.counts)


def decline_offer(seat: Seat, *, by: User | None) -> None:
    """Release an offered seat. An interim seat on the same day is kept, no longer as interim."""
    with seats_locked():
        process, seat = load_offered_seat(seat, by)
        process.counts = count_seats()
        process.set_seat_status(seat, Seat.Status.RELEASED)
        for other in process.seats:
            if other.day == seat.day and other.is_interim and other.status == Seat.Status.CONFIRMED:
                process.set_seat_status(other, Seat.Status.CONFIRMED)
        process.update_status_from_seats(Action.OFFER_DECLINED)
        emails.queue_registration_email("changed", process.registration)
        make_offers(process.counts)


def load_offered_seat(seat: Seat, by: User | None) -> tuple[RegistrationProcess, Seat]:
    """Return the process and its own instance of the seat.

    Raise InvalidTransitionError if the seat is no longer offered.
    """
    process = RegistrationProcess.load(Registration.objects.get(pk=seat.registration_id), by)
    # queued_since identifies the offer: a seat that is offered again has another one.
    key = (seat.pk, seat.queued_since)
    own = next((own for own in process.seats if (own.pk, own.queued_since) == key), None)
    if own is None or own.status != Seat.Status.OFFERED:
        raise InvalidTransitionError(_("This seat is no longer offered to you."))
    return process, own


def expire_offers() -> int:
    """Move seats with expired offers to the end of the queue, make new offers, and return how many expired.

    Seats whose day is over leave the wait list.
    """
    expired = Seat.objects.with_expired_offer()
    if not expired.exists():
        return 0
    with seats_locked():
        seats, counts = list(expired.order_by("offered_until", "pk")), count_seats()
        for seat in seats:
            expire_offer(seat, counts)
        make_offers(counts)
    return len(seats)


def expire_offer(seat: Seat, counts: SeatCounts) -> None:
    process, seat = load_offered_seat(seat, None)
    process.counts = counts
    seat.expired_offers += 1
    stays = seat.expired_offers < MAX_EXPIRED_OFFERS and not seat.is_over
    process.set_seat_status(seat, Seat.Status.WAITLISTED if stays else Seat.Status.RELEASED)
    process.update_status_from_seats(Action.OFFER_EXPIRED)
    emails.queue_registration_email("offer_expired", process.registration, seat=seat)


def offer_available_seats() -> int:
    """Offer free seats to the wait lists, for example after a limit was raised, and return how many."""
    with seats_locked():
        return make_offers(count_seats())


def make_offers(counts: SeatCounts, exclude: Registration | None = None) -> int:
    """Offer free seats in queue order and return how many. The caller holds the lock and the counts are exact."""
    if not any(count.waitlisted and not count.is_full for count in counts.days.values()):
        return 0
    number = 0
    period = datetime.timedelta(hours=RegistrationSettings.objects.get(pk=1).offer_hours)
    for process, seat in iterate_waitlist(counts):
        if process.registration != exclude and process.can_have_seat(seat):
            offered_until = seat.compute_offer_end(process.now, period)
            process.set_seat_status(seat, Seat.Status.OFFERED, offered_until=offered_until)
            process.update_status_from_seats(Action.OFFER_MADE)
            emails.queue_registration_email("offer", process.registration, seat=seat)
            number += 1
    return number


def iterate_waitlist(counts: SeatCounts) -> Iterator[tuple[RegistrationProcess, Seat]]:
    """Yield each waitlisted seat of a day that is not over in queue order, with its process.

    The number of queries is constant.
    """
    queue = list(Seat.objects.waitlisted().upcoming())
    registrations = Registration.objects.filter(pk__in={seat.registration_id for seat in queue})
    processes = {
        registration.pk: RegistrationProcess(registration, None, timezone.now(), list(registration.seats.all()), counts)
        for registration in registrations.select_related("user", "category").prefetch_related("seats")
    }
    for seat in queue:
        process = processes[seat.registration_id]
        yield process, process.get_or_create_seat(seat.day, seat.mode)


def allocate_seats(process: RegistrationProcess) -> None:
    """Confirm requested seats as far as there are free ones, and waitlist the others.

    Those whose day is over are released.
    """
    for seat in [seat for seat in process.seats if seat.status == Seat.Status.REQUESTED]:
        if seat.is_over:
            process.set_seat_status(seat, Seat.Status.RELEASED)
            continue
        serve_waitlist_first(process, seat)
        if process.can_have_seat(seat):
            process.confirm_seat(seat)
        else:
            process.set_seat_status(seat, Seat.Status.WAITLISTED)
    assign_interim_online_seats(process)


def serve_waitlist_first(process: RegistrationProcess, seat: Seat) -> None:
    """Offer free seats to the wait list before a new request is considered."""
    if process.locked_counts.for_day(seat.day, seat.mode).waitlisted:
        make_offers(process.locked_counts, exclude=process.registration)


def assign_interim_online_seats(process: RegistrationProcess) -> None:
    """Confirm interim online seats for the days with an in-person seat on the wait list, if the attendee wants that."""
    if not process.registration.online_while_waitlisted:
        return
    for seat in pending_in_person_seats(process):
        online = process.get_or_create_seat(seat.day, Mode.ONLINE)
        if online.is_released and process.can_have_seat(online):
            process.set_seat_status(online, Seat.Status.CONFIRMED, is_interim=True)


def release_interim_online_seats(process: RegistrationProcess) -> None:
    for seat in pending_in_person_seats(process):
        online = process.get_or_create_seat(seat.day, Mode.ONLINE)
        if online.is_interim:
            process.set_seat_status(online, Seat.Status.RELEASED)


def pending_in_person_seats(process: RegistrationProcess) -> list[Seat]:
    """Return the in-person seats of days that are not over that the attendee waits for."""
    pending = (Seat.Status.WAITLISTED, Seat.Status.OFFERED)
    return [
        seat for seat in process.seats if seat.mode == Mode.IN_PERSON and seat.status in pending and not seat.is_over
    ]
