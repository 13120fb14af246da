"""Recording of check-ins: each ticket admits once, however many entrances scan it at the same time."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Self

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..days import current_day
from ..models import Admission, CheckIn, CheckInDevice, Entrance, Registration, Ticket, Verdict
from ..states import InvalidTransitionError

Direction = CheckIn.Direction


@dataclass(frozen=True)
class Operator:
    """The user or the device that checks people in; neither for samples."""

    user: User | None = None
    device: CheckInDevice | None = None

    def __str__(self):
        return str(self.device or self.user)


@dataclass(frozen=True)
class CheckInRequest:
    """Entry or exit that is to be recorded.

    id is made by the client. moment is an aware time, or None for now; it differs from now only for devices that were
    offline, whose check-ins have happened and are recorded in any case.
    """

    id: uuid.UUID
    registration: Registration
    entrance: Entrance
    operator: Operator
    ticket: Ticket | None = None
    direction: str = Direction.IN
    moment: datetime.datetime | None = None
    was_offline: bool = False
    override_reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class CheckInResult:
    """Answer to a request.

    check_in is the recorded row, None if the person was refused. earlier is the entry because of which the person is
    already inside.
    """

    verdict: Verdict
    registration: Registration
    admission: Admission
    check_in: CheckIn | None = None
    earlier: CheckIn | None = None

    @property
    def is_recorded(self) -> bool:
        return self.check_in is not None

    @classmethod
    def of_recorded(cls, check_in: CheckIn) -> Self:
        """Return the answer that was given when this row was recorded."""
        verdict = Verdict(check_in.verdict)
        admission = Admission(verdict, check_in.day)
        return cls(verdict, check_in.registration, admission, check_in, check_in.earlier)


class IdentityInUseError(Exception):
    """The identity of the request is that of another person's check-in, or of one in the other direction."""


def record_check_in(request: CheckInRequest) -> CheckInResult:
    """Check a person in or out, or explain why not.

    A request with the identity of a recorded check-in returns the same answer and changes nothing. With a reason for
    override, or from a device that was offline, the check-in is recorded whatever the rule says.
    """
    with transaction.atomic():
        if request.entrance.place_capacity is not None:
            lock_place(request.entrance)
        registration = lock_registration(request.registration)
        recorded = CheckIn.objects.select_related("registration__category", "entrance", "earlier__entrance")
        if existing := recorded.filter(pk=request.id).first():
            if (existing.registration_id, existing.direction) != (registration.pk, request.direction):
                raise IdentityInUseError(_("This number belongs to another check-in."))
            return CheckInResult.of_recorded(existing)
        moment = request.moment or timezone.now()
        ticket = request.ticket and Ticket.objects.get(pk=request.ticket.pk)
        admission = registration.check_admission(ticket=ticket, entrance=request.entrance, moment=moment)
        day = admission.day or current_day(moment)
        latest = find_latest(registration, day, request.entrance)
        verdict = decide_check_in(request, admission, day, latest)
        earlier = latest if verdict is Verdict.ALREADY_IN else None
        is_superseded = request.was_offline and latest is not None and latest.at > moment
        if is_superseded:
            # Entries and exits alternate, so one before the latest changes nothing about who is inside.
            earlier = find_adjacent_entry(registration, day, request.entrance, moment)
            verdict = decide_superseded(request, admission)
        if verdict is not Verdict.ADMIT and not request.was_offline and not request.override_reason:
            return CheckInResult(verdict, registration, admission, earlier=earlier)
        check_in = CheckIn.objects.create(
            id=request.id,
            registration=registration,
            ticket=ticket,
            entrance=request.entrance,
            day=day,
            direction=request.direction,
            at=moment,
            was_offline=request.was_offline,
            by=request.operator.user,
            device=request.operator.device,
            verdict=verdict,
            override_reason=request.override_reason,
            is_repeated=is_superseded or verdict in (Verdict.ALREADY_IN, Verdict.NOT_IN),
            earlier=earlier,
            note=request.note,
        )
        return CheckInResult(verdict, registration, admission, check_in, earlier)


def lock_registration(registration: Registration) -> Registration:
    """Return the registration, locked until the transaction ends: check-ins of one person follow one another.

    SQLite ignores SELECT FOR UPDATE; its transactions start as writers, which has the same effect.
    """
    Registration.objects.select_for_update().get(pk=registration.pk)
    return Registration.objects.select_related("category").get(pk=registration.pk)


def lock_place(entrance: Entrance) -> None:
    """Lock the entrances of a place until the transaction ends, so that its people can be counted."""
    list(Entrance.objects.select_for_update().filter(session=entrance.session_id).order_by("pk"))


def find_latest(registration: Registration, day: datetime.date, entrance: Entrance) -> CheckIn | None:
    """Return the latest check-in of a person at a place on a day."""
    check_ins = registration.check_ins.effective().of_place(day, entrance).select_related("entrance")
    return check_ins.order_by("-at", "-received_at").first()


def find_adjacent_entry(
    registration: Registration, day: datetime.date, entrance: Entrance, moment: datetime.datetime
) -> CheckIn | None:
    """Return the entry of a person who was inside at a moment, or else the next entry after it."""
    check_ins = registration.check_ins.effective().of_place(day, entrance).select_related("entrance")
    before = check_ins.filter(at__lte=moment).order_by("-at", "-received_at").first()
    if before is not None and before.direction == Direction.IN:
        return before
    return check_ins.filter(at__gt=moment, direction=Direction.IN).order_by("at", "received_at").first()


def decide_check_in(
    request: CheckInRequest, admission: Admission, day: datetime.date, latest: CheckIn | None
) -> Verdict:
    """Return the verdict, given the latest check-in of the person. A person who is inside may always leave."""
    is_inside = latest is not None and latest.direction == Direction.IN
    if request.direction == Direction.OUT:
        return Verdict.ADMIT if is_inside else Verdict.NOT_IN
    if is_inside and admission.is_allowed:
        return Verdict.ALREADY_IN
    if admission.is_allowed and is_full(request.entrance, day):
        return Verdict.ROOM_FULL
    return admission.verdict


def decide_superseded(request: CheckInRequest, admission: Admission) -> Verdict:
    """Return the verdict about a check-in that happened before others that are recorded already."""
    if request.direction == Direction.OUT:
        return Verdict.NOT_IN
    return Verdict.ALREADY_IN if admission.is_allowed else admission.verdict


def is_full(entrance: Entrance, day: datetime.date) -> bool:
    capacity = entrance.place_capacity
    return capacity is not None and CheckIn.objects.effective().of_place(day, entrance).count_inside() >= capacity


def undo_check_in(check_in: CheckIn, operator: Operator) -> CheckIn:
    """Mark a check-in as undone. Raise InvalidTransitionError unless it is the person's latest one at its place."""
    with transaction.atomic():
        lock_registration(check_in.registration)
        check_in.refresh_from_db()
        if check_in.undone_at:
            return check_in
        latest = find_latest(check_in.registration, check_in.day, check_in.entrance)
        if not check_in.is_repeated and latest != check_in:
            raise InvalidTransitionError(_("Only the latest check-in of a person can be undone."))
        check_in.undone_at, check_in.undone_by = timezone.now(), str(operator)
        check_in.save(update_fields=["undone_at", "undone_by"])
        return check_in
