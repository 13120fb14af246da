"""Answers of check-in: whether a person may enter, in words, with what the operator needs to know about the person."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.i18n.text import LocalizedText

from ..formatting import format_days, join_texts
from ..models import Admission, CheckIn, Entrance, Registration, Ticket, Verdict
from ..tickets.issuance import short_code
from .access import Access
from .recording import CheckInResult, Direction

GOOD, WARNING, BAD = "good", "warning", "bad"
SIGNS = {GOOD: "✓", WARNING: "!", BAD: "✗"}
TONES = {
    Verdict.ADMIT: GOOD,
    Verdict.ALREADY_IN: WARNING,
    Verdict.NOT_IN: WARNING,
    Verdict.WRONG_ENTRANCE: WARNING,
}
# The labels of the verdicts, as the operator reads them after a scan.
HEADINGS: dict[Verdict, str | Promise] = {verdict: verdict.label for verdict in Verdict} | {
    Verdict.ADMIT: gettext_lazy("Welcome"),
    Verdict.NOT_IN: gettext_lazy("Not checked in"),
    Verdict.OVER: gettext_lazy("Not today: the days of this ticket are over"),
}
ADVICE: dict[Verdict, str | Promise] = {
    Verdict.MOVED: gettext_lazy("The event has moved. The person must choose days again."),
    Verdict.OFFERED: gettext_lazy("The person can accept the seat on the page of the registration."),
    Verdict.WAITLISTED: gettext_lazy("There is no confirmed place in person for today."),
    Verdict.ONLINE: gettext_lazy("This person is registered to attend online today."),
    Verdict.UNDER_REVIEW: gettext_lazy("The registration has not been approved yet."),
    Verdict.REPLACED: gettext_lazy("Ask for the new ticket, or search for the name."),
    Verdict.OTHER_EVENT: gettext_lazy("This code was not issued by this site."),
    Verdict.UNKNOWN: gettext_lazy("Try again, or search for the name."),
}
# Without a registration nothing can be recorded; those who are in cannot be let in once more.
NOT_OVERRIDABLE = frozenset({Verdict.ADMIT, Verdict.NOT_IN, Verdict.OTHER_EVENT, Verdict.UNKNOWN})
# Days in the coming week are named by their weekday.
WEEK = datetime.timedelta(days=6)


@dataclass(frozen=True)
class Answer:
    """Answer to one scan, or one person in the results of a search. Texts are in the active language."""

    verdict: Verdict
    heading: str
    detail: str = ""
    tone: str = BAD
    name: str = ""
    organization: str = ""
    country: str = ""
    category: str = ""
    color: str = ""
    handout: str = ""
    days: str = ""
    number: str = ""
    registration: str | None = None
    check_in: str | None = None
    direction: str = Direction.IN.value
    can_override: bool = False
    can_undo: bool = False
    undone: bool = False
    note: str = ""
    inside: bool = False
    since: str = ""

    @property
    def sign(self) -> str:
        return SIGNS[self.tone]

    def as_json(self) -> dict[str, Any]:
        """Return the answer as a dictionary; `inside` and `since` are set for search results only."""
        return {**vars(self), "verdict": self.verdict.value}


def build_refusal(verdict: Verdict) -> Answer:
    """Return the answer to a code of no registration."""
    return Answer(verdict, str(HEADINGS[verdict]), str(ADVICE[verdict]))


def build_answer(result: CheckInResult, access: Access, entrance: Entrance, ticket: Ticket | None = None) -> Answer:
    """Return the answer to a scan."""
    check_in, verdict = result.check_in, result.verdict
    direction = check_in.direction if check_in else Direction.IN
    answer = Answer(
        verdict,
        format_heading(verdict, result.admission, result.earlier, direction),
        format_detail(verdict, result.admission, entrance, result.registration),
        TONES.get(verdict, BAD),
        direction=str(direction),
        can_override=access.can_override and check_in is None and verdict not in NOT_OVERRIDABLE,
        **describe_person(result.registration, result.admission, ticket),
    )
    return describe_recorded(answer, check_in, access) if check_in else answer


def build_recorded_answer(check_in: CheckIn, access: Access) -> Answer:
    """Return the answer about a recorded check-in, with its note and whether it was undone."""
    return build_answer(CheckInResult.of_recorded(check_in), access, check_in.entrance, check_in.ticket)


def describe_recorded(answer: Answer, check_in: CheckIn, access: Access) -> Answer:
    answer = replace(
        answer,
        check_in=str(check_in.pk),
        note=check_in.note,
        undone=check_in.undone_at is not None,
        can_undo=check_in.undone_at is None and access.can_undo(check_in),
    )
    if answer.undone:
        return replace(answer, heading=_("Undone"), detail="", tone=WARNING)
    if check_in.override_reason:
        values = {"result": answer.heading, "reason": check_in.override_reason}
        return replace(answer, heading=_("Let in"), detail=_("%(result)s. Reason: %(reason)s") % values, tone=WARNING)
    return answer


def describe_person(registration: Registration, admission: Admission, ticket: Ticket | None) -> dict[str, Any]:
    """Return the values of an Answer about a person. The ticket is the scanned one, or else the valid one."""
    category = registration.category
    ticket = ticket or find_current_ticket(registration.tickets.all())
    return {
        "name": registration.badge_name,
        "organization": registration.organization,
        "country": registration.country_name,
        "category": str(LocalizedText.of(category, "name")),
        "color": category.color,
        "handout": str(LocalizedText.of(category, "handout")),
        "days": format_days(admission.days),
        "number": short_code(ticket) if ticket else "",
        "registration": str(registration.pk),
    }


def find_current_ticket(tickets: Iterable[Ticket]) -> Ticket | None:
    return next((ticket for ticket in tickets if ticket.voided_at is None), None)


def format_heading(
    verdict: Verdict, admission: Admission, earlier: CheckIn | None, direction: str = Direction.IN
) -> str:
    """Return the result as one phrase, such as “Already in since 17:42 at Gate A”."""
    if verdict is Verdict.ADMIT and direction == Direction.OUT:
        return _("Checked out")
    if verdict is Verdict.ALREADY_IN and earlier is not None:
        values = {"time": format_time(earlier.at), "entrance": earlier.entrance}
        return _("Already in since %(time)s at %(entrance)s") % values
    today = timezone.localdate()
    if verdict is Verdict.NOT_TODAY and (days := [day for day in admission.days if day > today]):
        return _("Not today: %(days)s") % {"days": format_weekdays(days)}
    return str(HEADINGS[verdict])


def format_detail(verdict: Verdict, admission: Admission, entrance: Entrance, registration: Registration) -> str:
    """Return what explains the result, or what the operator can do."""
    if verdict is Verdict.NOT_TODAY or verdict is Verdict.OVER:
        return _("In person on %(days)s") % {"days": format_days(admission.days)} if admission.days else ""
    if verdict is Verdict.WRONG_ENTRANCE:
        names = find_other_entrances(entrance, registration.category_id)
        return _("Entrance for this category: %(entrances)s") % {"entrances": ", ".join(names)} if names else ""
    if verdict is Verdict.ROOM_FULL:
        return _("All %(number)d places are taken.") % {"number": entrance.place_capacity}
    return str(ADVICE.get(verdict, ""))


def find_other_entrances(entrance: Entrance, category_id: int) -> list[str]:
    """Return the names of the entrances to the same place that a category may use."""
    return [str(other) for other in entrance.open_entrances_of_place if other.admits_category(category_id)]


def format_weekdays(days: Iterable[datetime.date]) -> str:
    """Return “Tuesday and Wednesday” for days of the coming week, or else the dates."""
    days = sorted(days)
    if days[-1] - timezone.localdate() > WEEK:
        return format_days(days)
    return join_texts(str(WEEKDAYS[day.weekday()]) for day in days)


def format_time(moment: datetime.datetime) -> str:
    """Return the time in the active time zone, with the date unless it is today."""
    local = timezone.localtime(moment)
    return date_format(local, "TIME_FORMAT" if local.date() == timezone.localdate() else "SHORT_DATETIME_FORMAT")


def format_day(day: datetime.date) -> str:
    return capfirst(date_format(day, "MONTH_DAY_FORMAT"))
