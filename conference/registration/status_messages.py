"""Sentences that tell attendees the status of their registration, seats and offers."""

from collections.abc import Collection

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.site_data import CONFERENCE_ENDED, get_site_data

from .models import Mode, Registration, RegistrationEvent, RegistrationStatus, Seat, attends_in_person
from .offer_tokens import OfferStatus

Action = RegistrationEvent.Action

STATUS_HEADINGS = {
    RegistrationStatus.SUBMITTED: gettext_lazy("Under review"),
    RegistrationStatus.APPROVED: gettext_lazy("You are approved but have no days selected"),
    RegistrationStatus.WAITLISTED: gettext_lazy("You are on the wait list"),
    RegistrationStatus.OFFERED: gettext_lazy("A seat is offered to you"),
    RegistrationStatus.CONFIRMED: gettext_lazy("You are registered"),
    RegistrationStatus.DECLINED: gettext_lazy("Your registration was declined"),
    RegistrationStatus.CANCELLED: gettext_lazy("Your registration was cancelled"),
}
NEXT_STEPS = {
    RegistrationStatus.SUBMITTED: gettext_lazy(
        "The organizers are reviewing your registration. You do not need to do anything. "
        "We will e-mail you the decision."
    ),
    RegistrationStatus.APPROVED: gettext_lazy("Choose at least one day, in person or online."),
    RegistrationStatus.WAITLISTED: gettext_lazy(
        "When a seat becomes available, we will offer it to you by e-mail. You then have some time to accept it."
    ),
    RegistrationStatus.OFFERED: gettext_lazy(
        "Accept or decline it below before the offer expires. After that it goes to the next person on the wait list."
    ),
    RegistrationStatus.CONFIRMED: gettext_lazy(
        "You do not need to do anything. Bring your ticket and the passport or identity card that you registered with."
    ),
    RegistrationStatus.DECLINED: gettext_lazy(
        "The reason is below. If something was missing or wrong, correct it and send your registration again."
    ),
    RegistrationStatus.CANCELLED: gettext_lazy("Your seats were released. You are welcome to register again."),
}
ONLINE_NEXT_STEP = gettext_lazy(
    "You do not need to do anything. On your days, join the sessions from this page, so that your attendance is "
    "recorded for your certificate."
)
DECLINED_AFTER_CONFERENCE = gettext_lazy("The reason is below.")
# Used in place of NEXT_STEPS for registrations that have a seat of this status; the first that applies.
NEXT_STEPS_BY_SEAT_STATUS = {
    RegistrationStatus.SUBMITTED: {
        Seat.Status.CONFIRMED: gettext_lazy(
            "You changed details that were already approved, so the organizers will review them again. "
            "Your seats are kept; you have no valid ticket until they are approved. We will e-mail you."
        ),
    },
    RegistrationStatus.CONFIRMED: {
        Seat.Status.OFFERED: gettext_lazy(
            "Another seat is offered to you. Accept or decline it below before the offer expires."
        ),
        Seat.Status.WAITLISTED: gettext_lazy(
            "Some days are confirmed. We will e-mail you if a place opens on the others."
        ),
    },
}
SEAT_MESSAGES = {
    (Seat.Status.REQUESTED, Mode.IN_PERSON): gettext_lazy("In person: requested"),
    (Seat.Status.REQUESTED, Mode.ONLINE): gettext_lazy("Online: requested"),
    (Seat.Status.WAITLISTED, Mode.IN_PERSON): gettext_lazy("In person: on the wait list, number %(place)s"),
    (Seat.Status.WAITLISTED, Mode.ONLINE): gettext_lazy("Online: on the wait list, number %(place)s"),
    (Seat.Status.OFFERED, Mode.IN_PERSON): gettext_lazy(
        "In person: a seat is offered to you until %(until)s (%(place)s time)."
    ),
    (Seat.Status.OFFERED, Mode.ONLINE): gettext_lazy(
        "Online: a seat is offered to you until %(until)s (%(place)s time)."
    ),
    (Seat.Status.CONFIRMED, Mode.IN_PERSON): gettext_lazy("In person: confirmed"),
    (Seat.Status.CONFIRMED, Mode.ONLINE): gettext_lazy("Online: confirmed"),
}
INTERIM_SEAT_MESSAGES = {
    Mode.IN_PERSON: gettext_lazy("In person (interim): confirmed"),
    Mode.ONLINE: gettext_lazy("Online (interim): confirmed"),
}
CLOSED_WAIT_LIST_MESSAGES = {
    Mode.IN_PERSON: gettext_lazy("In person: no seat became available"),
    Mode.ONLINE: gettext_lazy("Online: no seat became available"),
}
# In the form in which days are chosen, below the mode.
SEAT_HINTS = {
    Seat.Status.REQUESTED: gettext_lazy("Requested."),
    Seat.Status.WAITLISTED: gettext_lazy("On the wait list, number %(place)d."),
    Seat.Status.OFFERED: gettext_lazy("A seat is offered to you."),
    Seat.Status.CONFIRMED: gettext_lazy("Confirmed."),
}
EVENT_MESSAGES = {
    Action.SUBMITTED: gettext_lazy("You registered."),
    Action.RESUBMITTED: gettext_lazy("You registered again."),
    Action.EDITED: gettext_lazy("The organizers changed your details."),
    Action.APPROVED: gettext_lazy("The organizers approved your registration."),
    Action.SEATS_ASSIGNED: gettext_lazy("Your seats were checked again."),
    Action.DECLINED: gettext_lazy("The organizers declined your registration."),
    Action.REOPENED: gettext_lazy("The organizers are reviewing your registration again."),
    Action.CANCELLED: gettext_lazy("The organizers cancelled your registration."),
    Action.DAYS_CHANGED: gettext_lazy("The organizers changed your days."),
    Action.OFFER_MADE: gettext_lazy("A seat was offered to you."),
    Action.OFFER_ACCEPTED: gettext_lazy("You accepted the seat."),
    Action.OFFER_DECLINED: gettext_lazy("You declined the seat."),
    Action.OFFER_EXPIRED: gettext_lazy("An offer expired."),
    Action.TICKET_REISSUED: gettext_lazy("Your ticket was replaced; the old one is no longer valid."),
    Action.REGISTERED_BY_ORGANIZER: gettext_lazy("The organizers registered you."),
    Action.SEATED_OVER_CAPACITY: gettext_lazy("Your place was confirmed."),
    Action.EMAIL_ADDED: gettext_lazy("The organizers added your e-mail address."),
}
# Used in place of EVENT_MESSAGES for events that the attendee caused.
OWN_EVENT_MESSAGES = {
    Action.EDITED: gettext_lazy("You changed your details."),
    Action.CANCELLED: gettext_lazy("You cancelled your registration."),
    Action.DAYS_CHANGED: gettext_lazy("You changed your days."),
}
# By the status after the seats were assigned.
SEATS_ASSIGNED_MESSAGES = {
    RegistrationStatus.CONFIRMED: gettext_lazy("Your place was confirmed."),
    RegistrationStatus.WAITLISTED: gettext_lazy("No seat was available; you joined the wait list."),
}
OFFER_HEADINGS = {
    OfferStatus.OPEN: gettext_lazy("A seat is available for you"),
    OfferStatus.ACCEPTED: gettext_lazy("Your seat is confirmed"),
    OfferStatus.DECLINED: gettext_lazy("You declined the seat"),
    OfferStatus.EXPIRED: gettext_lazy("This offer has expired"),
    OfferStatus.REPLACED: gettext_lazy("This link has been replaced"),
    OfferStatus.INVALID: gettext_lazy("This link does not work"),
}
CLOSED_OFFER_MESSAGES = {
    OfferStatus.ACCEPTED: gettext_lazy("Your ticket is on your registration page."),
    OfferStatus.DECLINED: gettext_lazy(
        "The seat goes to the next person on the wait list. Your other seats do not change."
    ),
    OfferStatus.EXPIRED: gettext_lazy(
        "The seat was offered to the next person on the wait list. See the status on your registration page."
    ),
    OfferStatus.REPLACED: gettext_lazy(
        "There is a newer offer for this day. Use the link in the latest e-mail, or go to your registration page."
    ),
    OfferStatus.INVALID: gettext_lazy("The link may be incomplete, or the offer no longer exists."),
}


def status_heading(registration: Registration) -> str | Promise:
    return STATUS_HEADINGS[RegistrationStatus(registration.status)]


def next_step(registration: Registration, seats: Collection[Seat], *, is_over: bool = False) -> str | Promise:
    """Return what the attendee has to do or to wait for, given the seats. is_over means that no day is left."""
    status = RegistrationStatus(registration.status)
    seat_statuses = {seat.status for seat in seats}
    if is_over and not registration.is_closed:
        return CONFERENCE_ENDED
    for seat_status, message in NEXT_STEPS_BY_SEAT_STATUS.get(status, {}).items():
        if seat_status in seat_statuses:
            return message
    if status == RegistrationStatus.CONFIRMED and not attends_in_person(seats):
        return ONLINE_NEXT_STEP
    if status == RegistrationStatus.DECLINED and is_over:
        return DECLINED_AFTER_CONFERENCE
    return NEXT_STEPS[status]


def describe_attendance(seat: Seat) -> str:
    """Return a sentence about a seat that is not released; it has a `place` on the wait list (see seats_with_position).

    Times are in the conference's time zone.
    """
    mode, status = Mode(seat.mode), Seat.Status(seat.status)
    if seat.is_interim and status == Seat.Status.CONFIRMED:
        return str(INTERIM_SEAT_MESSAGES[mode])
    if status in (Seat.Status.WAITLISTED, Seat.Status.OFFERED) and seat.is_over:
        return str(CLOSED_WAIT_LIST_MESSAGES[mode])
    values = {}
    if status == Seat.Status.WAITLISTED:
        values = {"place": seat.place}
    elif status == Seat.Status.OFFERED:
        offered_until = timezone.localtime(seat.offer_ends_at, get_site_data().time_zone)
        values = {"until": date_format(offered_until, "DATETIME_FORMAT"), "place": get_site_data().clock_place}
    return str(SEAT_MESSAGES[status, mode]) % values


def describe_own_seat(seat: Seat) -> str:
    """Return a short sentence about a seat with a `place`, shown where the attendee chooses days."""
    if seat.is_interim:
        return _("Confirmed while you wait.")
    return str(SEAT_HINTS[Seat.Status(seat.status)] % {"place": seat.place})


def describe_event(event: RegistrationEvent, registration: Registration) -> str:
    """Return sentences about an event, without the name of the organizer who caused it and without the note."""
    sentences = [event_message(event, registration)]
    submitted = RegistrationStatus.SUBMITTED
    if event.action == Action.EDITED and event.after == submitted and event.before != submitted:
        sentences.append(_("Approval is required again."))
    if event.action == Action.DECLINED and event.reason:
        sentences.append(_("Reason: %(reason)s.") % {"reason": event.get_reason_display()})
    return " ".join(map(str, sentences))


def event_message(event: RegistrationEvent, registration: Registration) -> str | Promise:
    action = Action(event.action)
    if action == Action.APPROVED and event.by_id is None:
        return _("Approved automatically.")
    if action == Action.SEATS_ASSIGNED and event.after in SEATS_ASSIGNED_MESSAGES:
        return SEATS_ASSIGNED_MESSAGES[RegistrationStatus(event.after)]
    if event.by_id == registration.user_id and action in OWN_EVENT_MESSAGES:
        return OWN_EVENT_MESSAGES[action]
    return EVENT_MESSAGES[action]
