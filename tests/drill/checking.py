"""What must be true when all have gone home and all letters are out."""

import email
import email.policy
from collections import Counter

from django.contrib.auth.models import User
from django.db import connection

from conference.registration.models import Letter, Registration, Seat
from tests.registration.cast import IN_PERSON

from .findings import Finding, equal, none, times

# Seconds within which somebody must be answered after a kill.
BACK = 5
LETTERS_OF_A_STATE = {"confirmed": "confirmed", "waiting": "waiting"}


def checked(crowd, mail, watch, back, posts_killed, day, seats):
    found = [Finding("people at once", len(crowd.people))]
    found += of_people(crowd)
    found += of_answers(crowd)
    found += of_kills(back, posts_killed)
    found += of_seats(watch, day, seats, len(crowd.people))
    found += of_letters(mail, posts_killed)
    return found + of_the_database() + of_times(crowd)


def of_people(crowd):
    registered = Counter(Registration.objects.values_list("user__email", flat=True))
    acknowledged = [person.address for person in crowd.people if person.acknowledged_at]
    accounts = Counter(User.objects.values_list("email", flat=True))
    anew = sum(person.begun_anew for person in crowd.people)
    return [
        equal("acknowledged", len(acknowledged), len(crowd.people)),
        none("gave up", [person.gave_up for person in crowd.people if person.gave_up]),
        none("acknowledged and not there", [one for one in acknowledged if not registered[one]]),
        none("registered twice", [one for one, number in registered.items() if number > 1]),
        none("accounts twice", [one for one, number in accounts.items() if one and number > 1]),
        Finding("signed in by a code", sum(person.signs_in for person in crowd.people)),
        Finding("of these began anew, because the answer that signs them in got lost", anew),
    ]


def of_answers(crowd):
    tries = crowd.tries()
    statuses = Counter(one.status for one in tries)
    registered = set(Registration.objects.values_list("user__email", flat=True))
    struck = [person for person in crowd.people if any(one.status >= 500 for one in person.browser.tries)]
    busy = sum(number for status, number in statuses.items() if status > 500)
    return [
        Finding("requests", len(tries)),
        Finding("broken lines", statuses[0]),
        none("answers 500", [one.what for one in tries if one.status == 500]),
        Finding("answers 502 to 504", busy),
        none("after a 5xx not registered", [one.address for one in struck if one.address not in registered]),
        none("refused", [f"{one.what} {one.status}" for one in tries if 400 <= one.status < 500]),
    ]


def of_kills(back, posts_killed):
    slow = [f"{one:.1f} s" for one in back if one >= BACK]
    one_of_them, all_of_them = back[::2], back[1::2]
    return [
        Finding(
            "killed: one worker of two, all workers, the mail worker",
            f"{len(one_of_them)}, {len(all_of_them)}, {posts_killed}",
        ),
        Finding("answered again after one worker was killed, slowest", f"{max(one_of_them, default=0):.2f} s"),
        Finding("answered again after all were killed, slowest", f"{max(all_of_them, default=0):.2f} s"),
        none(f"answered again only after {BACK} s or more", slow),
    ]


def of_seats(watch, day, seats, people):
    of_the_day = Seat.objects.filter(day=day, mode=IN_PERSON)
    states = Counter(of_the_day.values_list("state", flat=True))
    return [
        none(f"moments with more than {seats} taken", [one for one in watch.taken if one > seats]),
        Finding("moments looked at", len(watch.taken), bool(watch.taken)),
        equal("seats confirmed", states["confirmed"], min(seats, people)),
        equal("seats offered", states["offered"], 0),
        equal("waiting for one", states["waiting"], max(people - seats, 0)),
    ]


def of_letters(mail, posts_killed):
    rows = list(Letter.objects.filter(registration__isnull=False).values_list("registration", "kind"))
    due = Counter((pk, LETTERS_OF_A_STATE.get(state)) for pk, state in Registration.objects.values_list("pk", "state"))
    told = Counter(rows)
    unsent = Letter.objects.exclude(state=Letter.State.SENT).values_list("kind", "state", "error")
    arrived = Counter(map(_heading, list(mail.letters)))
    to_whom = Counter(to for to, _number in {heading for heading in arrived if heading[1] in _numbers()})
    twice = sum(number - 1 for number in arrived.values())
    return [
        equal(
            "letters that say confirmed", sum(kind == "confirmed" for _pk, kind in rows), _registrations("confirmed")
        ),
        equal("letters that say waiting", sum(kind == "waiting" for _pk, kind in rows), _registrations("waiting")),
        none("registrations without their letter", list((due - told).elements())),
        none("letters that nobody should have", list((told - due).elements())),
        none("letters not sent", [" ".join(one) for one in unsent]),
        none("letters that did not arrive", list(_numbers() - {number for _to, number in arrived})),
        none("people to whom two letters came", [to for to, number in to_whom.items() if number > 1]),
        Finding(
            "arrived twice under one Message-ID, at most one for each mail worker killed", twice, twice <= posts_killed
        ),
    ]


def _registrations(state):
    return Registration.objects.filter(state=state).count()


def _numbers():
    """The Message-IDs of what tells people of their registration."""
    return set(Letter.objects.filter(registration__isnull=False).values_list("message_id", flat=True))


def _heading(text):
    letter = email.message_from_bytes(text, policy=email.policy.default)
    return str(letter["To"]), str(letter["Message-ID"])


def of_the_database():
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        said = cursor.execute("PRAGMA integrity_check").fetchall()
        loose = cursor.execute("PRAGMA foreign_key_check").fetchall()
    return [equal("integrity_check", said[0][0], "ok"), none("foreign_key_check", loose)]


def of_times(crowd):
    answered = [one for one in crowd.tries() if one.status]
    kinds = sorted({one.what for one in answered})
    found = [times(kind, [one.seconds for one in answered if one.what == kind]) for kind in kinds]
    gone = [one.acknowledged_at - one.began_at for one in crowd.people if one.acknowledged_at]
    return [*found, times("from the first click to the acknowledgement, whatever broke on the way", gone)]
