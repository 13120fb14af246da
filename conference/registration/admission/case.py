"""One registration while something happens to it, and the lock under which seats are given out and taken back."""

import datetime
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from ...core.thread_limit import ThreadLimit
from ...models import Conference
from .. import seats
from ..models import Category, House, Registration, Seat, Step
from ..seats import Holder
from ..states import ADMITTED, NotPossible, require, settled
from ..terms import NOT_ANY_MORE

seat_lock_threads = ThreadLimit(settings.SEAT_LOCK_THREADS)


@contextmanager
def holding_seats():
    """Open a transaction in which no other one allocates or releases seats.

    Raise OperationalError where the lock cannot be had in time.
    """
    with seat_lock_threads.enter(), transaction.atomic():
        hold_seats()
        yield


def hold_seats():
    """Nobody else gives seats out or takes them back until this transaction ends.

    On SQLite the transaction itself has seen to that: it began as a writer.
    """
    house = House.objects.select_for_update().filter(pk=1).values_list("pk")
    if not house:
        House.objects.get_or_create(pk=1)
        hold_seats()


@contextmanager
def for_a_category_that_is_there(facts):
    """Around a transaction: organizers may have deleted what was still in the form. Raises NotPossible."""
    try:
        yield
    except IntegrityError:
        if "category" not in facts or Category.objects.filter(pk=facts["category"].pk).exists():
            raise
        raise NotPossible(str(NOT_ANY_MORE)) from None


@dataclass
class Case:
    """One registration while something happens to it: what is changed here is written by save(). moved is since the
    last step, touched and steps are what save() has not written yet."""

    registration: Registration
    by: object
    now: datetime.datetime
    seats: list
    counts: seats.Counts | None = None
    moved: list = field(default_factory=list)
    touched: list = field(default_factory=list)
    steps: list = field(default_factory=list)

    @classmethod
    def of(cls, registration, by):
        """The registration as the database has it now; whoever asks holds the seats."""
        registration.refresh_from_db()
        return cls(registration, by, timezone.now(), list(registration.seats.all()))

    def on(self, day, mode):
        """The row of a day and mode, made where there is none."""
        for seat in self.seats:
            if (seat.day, seat.mode) == (day, mode):
                return seat
        seat = Seat(registration=self.registration, day=day, mode=mode, state=Seat.State.RELEASED, since=self.now)
        self.seats.append(seat)
        return seat

    def put(self, seat, state, *, until=None, meanwhile=False):
        """Bring a seat into a state, and count it."""
        before = self.standing()
        self.moved.append([str(seat.day), str(seat.mode), str(seat.state), str(state)])
        if seat not in self.touched:
            self.touched.append(seat)
        seat.state, seat.since, seat.offered_until, seat.meanwhile = state, self.now, until, meanwhile
        if self.counts:
            self.counts.change(before, self.standing())

    def standing(self):
        return Holder.of(self.registration, self.seats), [(seat.day, seat.mode, seat.state) for seat in self.seats]

    def take(self, seat):
        """Confirm a seat, and give back what was held on that day until then."""
        for other in self.seats:
            if other.day == seat.day and other is not seat and other.state != Seat.State.RELEASED:
                self.put(other, Seat.State.RELEASED)
        self.put(seat, Seat.State.CONFIRMED)

    def has_room(self, seat):
        return self.counts.has_room(self.standing()[0], seat.day, seat.mode)

    def become(self, state, action, **more):
        """Go to another state, and write down what happened. Raises NotPossible."""
        self.pass_through(state, action, **more)
        self.save()

    def pass_through(self, state, action, **more):
        """The same where more follows at once, with which it is saved."""
        before = self.registration.state
        if before != state:
            require(before, state)
            self.registration.state = state
            self.registration.state_at, self.registration.state_by = self.now, self.by
        self.note(action, before, **more)

    def settle(self, action, **more):
        """Become what an admitted registration is by its seats; one that awaits approval goes on awaiting it."""
        state = self.registration.state
        if state in ADMITTED:
            state = settled({seat.state for seat in self.seats})
        self.become(state, action, **more)

    def write_down(self, action, before, **more):
        self.note(action, before, **more)
        self.save()

    def note(self, action, before, *, changes=None, **more):
        """A step, to be saved with what follows at once."""
        self.steps.append(
            Step(
                registration=self.registration,
                action=action,
                before=before,
                after=self.registration.state,
                at=self.now,
                by=self.by,
                changes=dict(changes or {}) | ({"seats": self.moved} if self.moved else {}),
                **more,
            )
        )
        self.moved = []

    def save(self):
        self.registration.save()
        # Those given back first, for no two of one day may be confirmed.
        for seat in sorted(self.touched, key=lambda seat: seat.state == Seat.State.CONFIRMED):
            seat.save()
        Step.objects.bulk_create(self.steps)
        self.touched, self.steps = [], []


def today():
    """The date on the conference's clock."""
    conference = Conference.objects.first()
    with timezone.override(conference.time_zone if conference else None):
        return timezone.localdate()
