"""One registration while something happens to it, and the lock under which seats are given out and taken back."""

import datetime
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from conference.core.thread_limit import ThreadLimit
from conference.models import Conference

from ..capacity import Holdings, SeatCounts
from ..form_options import CATEGORY_CLOSED
from ..models import Category, Registration, RegistrationEvent, RegistrationSettings, Seat
from ..states import ADMITTED_STATUSES, InvalidTransitionError, check_transition, status_from_seats

seat_lock_threads = ThreadLimit(settings.SEAT_LOCK_THREADS)


@contextmanager
def seats_locked():
    """Open a transaction in which no other one allocates or releases seats.

    Raise OperationalError where the lock cannot be had in time.
    """
    with seat_lock_threads.enter(), transaction.atomic():
        lock_seats()
        yield


def lock_seats():
    """Nobody else gives seats out or takes them back until this transaction ends.

    On SQLite the transaction itself has seen to that: it began as a writer.
    """
    house = RegistrationSettings.objects.select_for_update().filter(pk=1).values_list("pk")
    if not house:
        RegistrationSettings.objects.get_or_create(pk=1)
        lock_seats()


@contextmanager
def category_must_exist(facts):
    """Around a transaction: organizers may have deleted what was still in the form. Raises NotPossible."""
    try:
        yield
    except IntegrityError:
        if "category" not in facts or Category.objects.filter(pk=facts["category"].pk).exists():
            raise
        raise InvalidTransitionError(str(CATEGORY_CLOSED)) from None


@dataclass
class RegistrationProcess:
    """One registration while something happens to it: what is changed here is written by save(). moved is since the
    last step, touched and steps are what save() has not written yet."""

    registration: Registration
    by: object
    now: datetime.datetime
    seats: list
    counts: SeatCounts | None = None
    seat_changes: list = field(default_factory=list)
    changed_seats: list = field(default_factory=list)
    new_events: list = field(default_factory=list)

    @classmethod
    def load(cls, registration, by):
        """The registration as the database has it now; whoever asks holds the seats."""
        registration.refresh_from_db()
        return cls(registration, by, timezone.now(), list(registration.seats.all()))

    def get_or_create_seat(self, day, mode):
        """The row of a day and mode, made where there is none."""
        for seat in self.seats:
            if (seat.day, seat.mode) == (day, mode):
                return seat
        seat = Seat(
            registration=self.registration, day=day, mode=mode, status=Seat.Status.RELEASED, queued_since=self.now
        )
        self.seats.append(seat)
        return seat

    def set_seat_status(self, seat, state, *, until=None, meanwhile=False):
        """Bring a seat into a state, and count it."""
        before = self.holdings()
        self.seat_changes.append([str(seat.day), str(seat.mode), str(seat.status), str(state)])
        if seat not in self.changed_seats:
            self.changed_seats.append(seat)
        seat.status, seat.queued_since, seat.offered_until, seat.is_interim = state, self.now, until, meanwhile
        if self.counts:
            self.counts.apply_change(before, self.holdings())

    def holdings(self):
        return Holdings.from_seats(self.registration, self.seats), [
            (seat.day, seat.mode, seat.status) for seat in self.seats
        ]

    def confirm_seat(self, seat):
        """Confirm a seat, and give back what was held on that day until then."""
        for other in self.seats:
            if other.day == seat.day and other is not seat and other.status != Seat.Status.RELEASED:
                self.set_seat_status(other, Seat.Status.RELEASED)
        self.set_seat_status(seat, Seat.Status.CONFIRMED)

    def can_have_seat(self, seat):
        return self.counts.can_have_seat(self.holdings()[0], seat.day, seat.mode)

    def transition(self, state, action, **more):
        """Go to another state, and write down what happened. Raises NotPossible."""
        self.transition_unsaved(state, action, **more)
        self.save()

    def transition_unsaved(self, state, action, **more):
        """The same where more follows at once, with which it is saved."""
        before = self.registration.status
        if before != state:
            check_transition(before, state)
            self.registration.status = state
            self.registration.status_changed_at, self.registration.status_changed_by = self.now, self.by
        self.add_event(action, before, **more)

    def update_status_from_seats(self, action, **more):
        """Become what an admitted registration is by its seats; one that awaits approval goes on awaiting it."""
        state = self.registration.status
        if state in ADMITTED_STATUSES:
            state = status_from_seats({seat.status for seat in self.seats})
        self.transition(state, action, **more)

    def save_event(self, action, before, **more):
        self.add_event(action, before, **more)
        self.save()

    def add_event(self, action, before, *, changes=None, **more):
        """A step, to be saved with what follows at once."""
        self.new_events.append(
            RegistrationEvent(
                registration=self.registration,
                action=action,
                before=before,
                after=self.registration.status,
                at=self.now,
                by=self.by,
                changes=dict(changes or {}) | ({"seats": self.seat_changes} if self.seat_changes else {}),
                **more,
            )
        )
        self.seat_changes = []

    def save(self):
        self.registration.save()
        # Those given back first, for no two of one day may be confirmed.
        for seat in sorted(self.changed_seats, key=lambda seat: seat.status == Seat.Status.CONFIRMED):
            seat.save()
        RegistrationEvent.objects.bulk_create(self.new_events)
        self.changed_seats, self.new_events = [], []


def conference_today():
    """The date on the conference's clock."""
    conference = Conference.objects.first()
    with timezone.override(conference.time_zone if conference else None):
        return timezone.localdate()
