"""The seat lock, and the unit of work that changes one registration with its seats and history."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from conference.core.thread_limit import ThreadLimit

from ..capacity import Holdings, SeatCounts
from ..form_options import CATEGORY_CLOSED
from ..models import (
    Category,
    Registration,
    RegistrationEvent,
    RegistrationSettings,
    RegistrationStatus,
    Seat,
    SpecialNeeds,
)
from ..states import InvalidTransitionError, check_transition, status_from_seats
from ..tickets.replacement import TicketFacts, is_void, make_event, void_tickets

seat_lock_threads = ThreadLimit(settings.SEAT_LOCK_THREADS)


@contextmanager
def seats_locked() -> Iterator[None]:
    """Open a transaction in which no other one allocates or releases seats.

    Raise OperationalError if the lock cannot be acquired in time.
    """
    with seat_lock_threads.enter(), transaction.atomic():
        lock_seats()
        yield


def lock_seats() -> None:
    """Lock the settings row until the transaction ends.

    SQLite ignores SELECT FOR UPDATE; its transactions start as writers, which has the same effect.
    """
    locked = RegistrationSettings.objects.select_for_update().filter(pk=1).values_list("pk")
    if not locked:
        RegistrationSettings.objects.get_or_create(pk=1)
        lock_seats()


@contextmanager
def category_must_exist(data: Mapping[str, Any]) -> Iterator[None]:
    """Raise InvalidTransitionError if the category was deleted after the form was validated.

    The transaction must be inside this context, because the foreign key is checked when it commits.
    """
    try:
        yield
    except IntegrityError:
        if "category" not in data or Category.objects.filter(pk=data["category"].pk).exists():
            raise
        raise InvalidTransitionError(str(CATEGORY_CLOSED)) from None


@dataclass
class RegistrationProcess:
    """Unit of work on one registration; save() writes what the other methods changed, and voids an outdated ticket.

    seat_changes belong to the next event; changed_seats and new_events wait for save(). by is None for the site itself.
    """

    registration: Registration
    by: User | None
    now: datetime
    seats: list[Seat]
    counts: SeatCounts | None = None
    seat_changes: list = field(default_factory=list)
    changed_seats: list[Seat] = field(default_factory=list)
    new_events: list[RegistrationEvent] = field(default_factory=list)
    # What a ticket that was issued before shows; None for a new registration.
    ticket_facts: TicketFacts | None = field(init=False)

    def __post_init__(self) -> None:
        is_new = self.registration._state.adding
        self.ticket_facts = None if is_new else TicketFacts.of(self.registration, self.seats)

    @classmethod
    def load(cls, registration: Registration, by: User | None) -> Self:
        """Reload the registration and its seats from the database. The caller holds the seat lock."""
        registration.refresh_from_db()
        return cls(registration, by, timezone.now(), list(registration.seats.all()))

    def get_or_create_seat(self, day: date, mode: str) -> Seat:
        """Return the seat of a day and mode, or a new one that is released and not saved."""
        for seat in self.seats:
            if (seat.day, seat.mode) == (day, mode):
                return seat
        seat = Seat(
            registration=self.registration, day=day, mode=mode, status=Seat.Status.RELEASED, queued_since=self.now
        )
        self.seats.append(seat)
        return seat

    def set_seat_status(
        self, seat: Seat, status: str, *, offered_until: datetime | None = None, is_interim: bool = False
    ) -> None:
        """Set the status of a seat, restart its time in the queue, and update the counts."""
        before = self.holdings_and_seats()
        self.seat_changes.append([str(seat.day), str(seat.mode), str(seat.status), str(status)])
        if seat not in self.changed_seats:
            self.changed_seats.append(seat)
        seat.status, seat.queued_since, seat.offered_until, seat.is_interim = (
            status,
            self.now,
            offered_until,
            is_interim,
        )
        if self.counts:
            self.counts.apply_change(before, self.holdings_and_seats())

    def holdings(self) -> Holdings:
        return Holdings.from_seats(self.registration, self.seats)

    def holdings_and_seats(self) -> tuple[Holdings, list]:
        """Return the pair that SeatCounts.apply_change expects."""
        return self.holdings(), [(seat.day, seat.mode, seat.status) for seat in self.seats]

    def confirm_seat(self, seat: Seat) -> None:
        """Confirm a seat and release the other seats of its day."""
        for other in self.seats:
            if other.day == seat.day and other is not seat and not other.is_released:
                self.set_seat_status(other, Seat.Status.RELEASED)
        self.set_seat_status(seat, Seat.Status.CONFIRMED)

    @property
    def locked_counts(self) -> SeatCounts:
        """The counts, which the caller has loaded while it holds the seat lock."""
        if self.counts is None:
            raise RuntimeError("Count the seats before they are allocated.")
        return self.counts

    def can_have_seat(self, seat: Seat) -> bool:
        return self.locked_counts.can_have_seat(self.holdings(), seat.day, seat.mode)

    @property
    def changes_confirmed_seats(self) -> bool:
        """True if the next event changes a seat that was confirmed."""
        return any(before == Seat.Status.CONFIRMED for _day, _mode, before, _after in self.seat_changes)

    def transition(self, status: str, action: str, **event_fields: Any) -> None:
        """Set the status, record an event and save. Raise InvalidTransitionError if it is not allowed."""
        self.transition_unsaved(status, action, **event_fields)
        self.save()

    def transition_unsaved(self, status: str, action: str, **event_fields: Any) -> None:
        """Set the status and record an event, to be saved with the next one."""
        before = self.registration.status
        if before != status:
            check_transition(before, status)
            self.registration.status = status
            self.registration.status_changed_at, self.registration.status_changed_by = self.now, self.by
        self.add_event(action, before, **event_fields)

    def update_status_from_seats(self, action: str, **event_fields: Any) -> None:
        """Record an event and save. The status of an admitted registration follows its seats; others keep theirs."""
        status = self.registration.status
        if self.registration.is_admitted:
            status = status_from_seats({seat.status for seat in self.seats})
        self.transition(status, action, **event_fields)

    def save_event(self, action: str, before: str, **event_fields: Any) -> None:
        self.add_event(action, before, **event_fields)
        self.save()

    def add_event(self, action: str, before: str, *, changes: Mapping | None = None, **event_fields: Any) -> None:
        """Record an event with the seat changes since the last one."""
        self.new_events.append(
            RegistrationEvent(
                registration=self.registration,
                action=action,
                before=before,
                after=self.registration.status,
                at=self.now,
                by=self.by,
                changes=dict(changes or {}) | ({"seats": self.seat_changes} if self.seat_changes else {}),
                **event_fields,
            )
        )
        self.seat_changes = []

    def save(self) -> None:
        self.registration.save()
        # Released seats are saved first: a constraint allows one confirmed seat per day.
        for seat in sorted(self.changed_seats, key=lambda seat: seat.status == Seat.Status.CONFIRMED):
            seat.save()
        self.void_outdated_ticket()
        RegistrationEvent.objects.bulk_create(self.new_events)
        self.changed_seats, self.new_events = [], []

    def void_outdated_ticket(self) -> None:
        """Void the ticket if it shows what is no longer true. The next e-mail with a ticket brings the new one."""
        shown, present = self.ticket_facts, TicketFacts.of(self.registration, self.seats)
        self.ticket_facts = present
        if not shown or not is_void(shown, present) or not void_tickets(self.registration, self.now):
            return
        if self.registration.status == RegistrationStatus.CONFIRMED:
            values = {"before": self.registration.status, "after": self.registration.status}
            # First, because the last event explains what was done.
            self.new_events.insert(0, make_event(registration=self.registration, at=self.now, by=self.by, **values))


def save_special_needs(registration: Registration, special_needs: Mapping[str, str] | None) -> None:
    """Save {"access": text, "diet": text, "show_on_badge": bool}, or delete the row if all are empty.

    None keeps it as it is. A change of the sign on the badge counts as a change of the registration, so that badges
    which were printed before are found.
    """
    if special_needs is None:
        return
    own = SpecialNeeds.objects.filter(registration=registration)
    had_sign = own.filter(show_on_badge=True).exists()
    if any(special_needs.values()):
        SpecialNeeds.objects.update_or_create(registration=registration, defaults=special_needs)
    else:
        own.delete()
    if had_sign != bool(special_needs.get("show_on_badge", had_sign)):
        Registration.objects.filter(pk=registration.pk).update(updated_at=timezone.now())
