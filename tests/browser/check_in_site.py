"""Tickets for the browser tests of check-in, and the check-ins that the site has recorded.

`python -m tests.browser.check_in_site tickets|check-ins`, with a folder in DATA_DIR that quickstart has prepared for
the stage "during" with fictional people. Prints JSON: URLs of tickets and names by verdict, or rows of check-ins.
"""

import json
import sys
from collections import defaultdict

import django

# Models can be imported only after django.setup().
# ruff: noqa: E402
django.setup()

from conference.registration.days import days_in_progress
from conference.registration.models import CheckIn, Registration, RegistrationStatus
from conference.registration.tickets.issuance import issue_missing_tickets, validation_url


def prepare_tickets():
    """Delete all check-ins, move one person to tomorrow, and return [URL, name] of all tickets by verdict."""
    CheckIn.objects.all().delete()
    move_to_tomorrow(find_admitted_on_two_days())
    issue_missing_tickets(Registration.objects.all())
    for registration in Registration.objects.filter(status=RegistrationStatus.WAITLISTED):
        registration.tickets.create()
    tickets = defaultdict(list)
    for registration in Registration.objects.order_by("badge_name"):
        for ticket in registration.tickets.all():
            verdict = registration.check_admission(ticket=ticket).verdict
            tickets[verdict.value].append([validation_url(ticket), registration.badge_name])
    return tickets


def find_admitted_on_two_days():
    for registration in Registration.objects.order_by("pk"):
        admission = registration.check_admission()
        if admission.is_allowed and len(admission.days) > 1:
            return registration
    raise LookupError("No person is admitted on two days.")


def move_to_tomorrow(registration):
    registration.seats.filter(day__in=days_in_progress()).delete()


def list_check_ins():
    """Return [name, direction, entrance, whether it was repeated, whether it was undone] of each check-in."""
    rows = CheckIn.objects.order_by("at").select_related("registration", "entrance")
    return [
        [row.registration.badge_name, row.direction, str(row.entrance), row.is_repeated, row.undone_at is not None]
        for row in rows
    ]


if __name__ == "__main__":
    print(json.dumps({"tickets": prepare_tickets, "check-ins": list_check_ins}[sys.argv[1]]()))
