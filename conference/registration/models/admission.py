"""The rule of admission by seats: what the seats of a registration allow at a moment."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from ..days import days_in_progress, is_conference_day
from .choices import Mode, Verdict

if TYPE_CHECKING:
    from .seats import Seat


@dataclass(frozen=True)
class Admission:
    """Result of the rule.

    day is the day of the conference for which the person is admitted, or else None. days are all days of the
    conference with a confirmed seat, in order: in person, or in either mode for online access.
    """

    verdict: Verdict
    day: datetime.date | None = None
    days: tuple[datetime.date, ...] = ()

    @property
    def is_allowed(self) -> bool:
        return self.verdict is Verdict.ADMIT

    def refused(self, verdict: Verdict) -> Self:
        return replace(self, verdict=verdict)


def decide_admission(seats: Iterable["Seat"], moment: datetime.datetime | None = None) -> Admission:
    """Return what the seats of an admitted registration allow at a moment, by default now.

    What is not allowed is explained by the seats of the day, or else by those of the other days.
    """
    seats = [seat for seat in seats if not seat.is_released]
    return decide(seats, (seat.day for seat in seats if is_in_person(seat)), explain_refusal, moment)


def decide(
    seats: list["Seat"],
    days: Iterable[datetime.date],
    explain: Callable[[list["Seat"]], Verdict | None],
    moment: datetime.datetime | None,
) -> Admission:
    """Return what confirmed days of the conference allow at a moment; explain gives the reason if they do not."""
    days, in_progress = tuple(sorted(set(days))), days_in_progress(moment)
    for day in in_progress:
        if day in days:
            return Admission(Verdict.ADMIT, day, days)
    if verdict := explain([seat for seat in seats if seat.day in in_progress]):
        return Admission(verdict, None, days)
    if days:
        return Admission(Verdict.NOT_TODAY if days[-1] > in_progress[-1] else Verdict.OVER, None, days)
    return Admission(explain(seats) or Verdict.NO_DAYS)


def is_in_person(seat: "Seat") -> bool:
    """Return whether the seat is a confirmed one in person, on a day of the conference."""
    return seat.mode == Mode.IN_PERSON and seat.status == seat.Status.CONFIRMED and is_conference_day(seat.day)


def explain_refusal(seats: list["Seat"]) -> Verdict | None:
    """Return why these seats, none of which admits now, do not admit; None if there are none that explain it.

    A request for a seat in person explains more than the seat online that is held until it is free.
    """
    in_person = {seat.status for seat in seats if seat.mode == Mode.IN_PERSON and is_conference_day(seat.day)}
    if "offered" in in_person:
        return Verdict.OFFERED
    if in_person & {"waitlisted", "requested"}:
        return Verdict.WAITLISTED
    if any(seat.mode == Mode.ONLINE and is_conference_day(seat.day) for seat in seats):
        return Verdict.ONLINE
    return Verdict.MOVED if any(not is_conference_day(seat.day) for seat in seats) else None


def decide_online_access(seats: Iterable["Seat"], moment: datetime.datetime | None = None) -> Admission:
    """Return whether the seats of an admitted registration allow to attend online at a moment, by default now.

    Every confirmed seat of the day does: those who attend in person may watch, too.
    """
    seats = [seat for seat in seats if not seat.is_released]
    current = [seat for seat in seats if is_conference_day(seat.day)]
    confirmed_days = (seat.day for seat in current if seat.status == seat.Status.CONFIRMED)
    admission = decide(current, confirmed_days, explain_waiting, moment)
    return admission.refused(Verdict.MOVED) if admission.verdict is Verdict.NO_DAYS and seats else admission


def explain_waiting(seats: Iterable["Seat"]) -> Verdict | None:
    """Return what unconfirmed seats wait for; None if there are none."""
    statuses = {seat.status for seat in seats}
    if "offered" in statuses:
        return Verdict.OFFERED
    return Verdict.WAITLISTED if statuses & {"waitlisted", "requested"} else None
