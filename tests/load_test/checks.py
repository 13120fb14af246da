"""What must be true when all have gone home and all letters are out."""

import email
import email.policy
from collections import Counter

from django.contrib.auth.models import User
from django.db import connection

from conference.mail.models import QueuedEmail
from conference.registration.models import Registration, Seat
from tests.registration.factories import IN_PERSON

from .results import CheckResult, expect_equal, expect_none, summarize_times

# Seconds within which somebody must be answered after a kill.
MAX_RECOVERY_SECONDS = 5
EMAIL_TYPE_BY_STATUS = {"confirmed": "confirmed", "waitlisted": "waitlisted"}


def check_all(crowd, mail, watch, back, posts_killed, day, seats):
    found = [CheckResult("people at once", len(crowd.people))]
    found += check_people(crowd)
    found += check_responses(crowd)
    found += check_recovery(back, posts_killed)
    found += check_seats(watch, day, seats, len(crowd.people))
    found += check_emails(mail, posts_killed)
    return found + check_database() + response_times(crowd)


def check_people(crowd):
    registered = Counter(Registration.objects.values_list("user__email", flat=True))
    acknowledged = [person.address for person in crowd.people if person.acknowledged_at]
    accounts = Counter(User.objects.values_list("email", flat=True))
    anew = sum(person.begun_anew for person in crowd.people)
    return [
        expect_equal("acknowledged", len(acknowledged), len(crowd.people)),
        expect_none("gave up", [person.gave_up for person in crowd.people if person.gave_up]),
        expect_none("acknowledged and not there", [one for one in acknowledged if not registered[one]]),
        expect_none("registered twice", [one for one, number in registered.items() if number > 1]),
        expect_none("accounts twice", [one for one, number in accounts.items() if one and number > 1]),
        CheckResult("signed in by a code", sum(person.signs_in for person in crowd.people)),
        CheckResult("of these began anew, because the answer that signs them in got lost", anew),
    ]


def check_responses(crowd):
    tries = crowd.tries()
    statuses = Counter(one.status for one in tries)
    registered = set(Registration.objects.values_list("user__email", flat=True))
    struck = [person for person in crowd.people if any(one.status >= 500 for one in person.browser.tries)]
    busy = sum(number for status, number in statuses.items() if status > 500)
    return [
        CheckResult("requests", len(tries)),
        CheckResult("broken lines", statuses[0]),
        expect_none("answers 500", [one.what for one in tries if one.status == 500]),
        CheckResult("answers 502 to 504", busy),
        expect_none("after a 5xx not registered", [one.address for one in struck if one.address not in registered]),
        expect_none("refused", [f"{one.what} {one.status}" for one in tries if 400 <= one.status < 500]),
    ]


def check_recovery(back, posts_killed):
    slow = [f"{one:.1f} s" for one in back if one >= MAX_RECOVERY_SECONDS]
    one_of_them, all_of_them = back[::2], back[1::2]
    return [
        CheckResult(
            "killed: one worker of two, all workers, the mail worker",
            f"{len(one_of_them)}, {len(all_of_them)}, {posts_killed}",
        ),
        CheckResult("answered again after one worker was killed, slowest", f"{max(one_of_them, default=0):.2f} s"),
        CheckResult("answered again after all were killed, slowest", f"{max(all_of_them, default=0):.2f} s"),
        expect_none(f"answered again only after {MAX_RECOVERY_SECONDS} s or more", slow),
    ]


def check_seats(watch, day, seats, people):
    of_the_day = Seat.objects.filter(day=day, mode=IN_PERSON)
    states = Counter(of_the_day.values_list("status", flat=True))
    return [
        expect_none(f"moments with more than {seats} taken", [one for one in watch.taken if one > seats]),
        CheckResult("moments looked at", len(watch.taken), bool(watch.taken)),
        expect_equal("seats confirmed", states["confirmed"], min(seats, people)),
        expect_equal("seats offered", states["offered"], 0),
        expect_equal("waiting for one", states["waitlisted"], max(people - seats, 0)),
    ]


def check_emails(mail, posts_killed):
    rows = list(QueuedEmail.objects.filter(registration__isnull=False).values_list("registration", "email_type"))
    due = Counter(
        (pk, EMAIL_TYPE_BY_STATUS.get(state)) for pk, state in Registration.objects.values_list("pk", "status")
    )
    told = Counter(rows)
    unsent = QueuedEmail.objects.exclude(status=QueuedEmail.Status.SENT).values_list("email_type", "status", "error")
    arrived = Counter(map(message_id_of, list(mail.messages)))
    to_whom = Counter(to for to, _number in {heading for heading in arrived if heading[1] in message_ids()})
    twice = sum(number - 1 for number in arrived.values())
    return [
        expect_equal(
            "letters that say confirmed",
            sum(kind == "confirmed" for _pk, kind in rows),
            count_registrations("confirmed"),
        ),
        expect_equal(
            "letters that say waiting",
            sum(kind == "waitlisted" for _pk, kind in rows),
            count_registrations("waitlisted"),
        ),
        expect_none("registrations without their letter", list((due - told).elements())),
        expect_none("letters that nobody should have", list((told - due).elements())),
        expect_none("letters not sent", [" ".join(one) for one in unsent]),
        expect_none("letters that did not arrive", list(message_ids() - {number for _to, number in arrived})),
        expect_none("people to whom two letters came", [to for to, number in to_whom.items() if number > 1]),
        CheckResult(
            "arrived twice under one Message-ID, at most one for each mail worker killed", twice, twice <= posts_killed
        ),
    ]


def count_registrations(state):
    return Registration.objects.filter(status=state).count()


def message_ids():
    """The Message-IDs of what tells people of their registration."""
    return set(QueuedEmail.objects.filter(registration__isnull=False).values_list("message_id", flat=True))


def message_id_of(text):
    letter = email.message_from_bytes(text, policy=email.policy.default)
    return str(letter["To"]), str(letter["Message-ID"])


def check_database():
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        said = cursor.execute("PRAGMA integrity_check").fetchall()
        loose = cursor.execute("PRAGMA foreign_key_check").fetchall()
    return [expect_equal("integrity_check", said[0][0], "ok"), expect_none("foreign_key_check", loose)]


def response_times(crowd):
    answered = [one for one in crowd.tries() if one.status]
    kinds = sorted({one.what for one in answered})
    found = [summarize_times(kind, [one.seconds for one in answered if one.what == kind]) for kind in kinds]
    gone = [one.acknowledged_at - one.began_at for one in crowd.people if one.acknowledged_at]
    return [*found, summarize_times("from the first click to the acknowledgement, whatever broke on the way", gone)]
