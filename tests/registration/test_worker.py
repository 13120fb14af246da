"""Letters go out once, whatever the mail server, the database and other workers do meanwhile."""

import datetime
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone

from conference.registration import posting
from conference.registration.letters import new_message_id, write, write_account_letter
from conference.registration.models import Letter, Seat
from conference.registration.posting import CLAIM, PAUSES, claim, send_again, send_due, settle, waiting_too_long
from tests import cast
from tests.organizers import PASSWORD, an_organizer, at_the_desk
from tests.reading_settings import SECRET_KEY

from .cast import a_quota, a_registration, an_attendee
from .mail_server import a_mail_server

SMTP = "django.core.mail.backends.smtp.EmailBackend"
State = Letter.State

pytestmark = pytest.mark.usefixtures("conference")


def a_letter(to="somebody@example.org", **changes):
    facts = {"kind": "confirmed", "language": "en", "subject": "Subject", "text": "Text"}
    return Letter.objects.create(**facts | {"to": to, "message_id": new_message_id()} | changes)


def a_code(text="Your code is 12345678.", **changes):
    letter = write_account_letter(
        "somebody@example.org", "A code", text, user=an_attendee(), language="en", is_secret=True
    )
    Letter.objects.filter(pk=letter.pk).update(**changes)
    return reread(letter)


def reread(letter):
    return Letter.objects.get(pk=letter.pk)


def later(**delta):
    return time_machine.travel(timezone.now() + datetime.timedelta(**delta), tick=False)


def subjects():
    return [letter.subject for letter in mail.outbox]


@pytest.fixture
def server(settings):
    with a_mail_server() as server:
        use(settings, server.port)
        yield server


def use(settings, port):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 0.3


@pytest.fixture
def before_the_conference():
    """A clock that stands still a week before the first day."""
    with time_machine.travel(cast.at(7, 9) - datetime.timedelta(days=7), tick=False) as clock:
        yield clock


# What is sent


def test_letter_is_sent_and_that_is_written_down():
    letter = a_letter()
    assert send_due() == 1
    letter = reread(letter)
    assert (letter.state, letter.tries, letter.error, letter.next_try_at) == (State.SENT, 1, "", None)
    assert letter.sent_at is not None
    assert subjects() == ["Subject"]


def test_what_was_sent_is_not_sent_again():
    a_letter()
    assert (send_due(), send_due()) == (1, 0)


def test_a_code_goes_before_what_was_written_earlier():
    a_letter(subject="A long list")
    a_code()
    send_due()
    assert subjects() == ["A code", "A long list"]


def test_what_was_never_tried_goes_before_what_was_refused():
    a_letter(subject="Refused", tries=3, next_try_at=timezone.now())
    a_letter(subject="New")
    send_due()
    assert subjects() == ["New", "Refused"]


def test_many_letters_share_a_line(server):
    for number in range(posting.LETTERS_PER_CONNECTION + 1):
        a_letter(f"somebody{number}@example.org")
    send_due()
    assert len(server.letters) == posting.LETTERS_PER_CONNECTION + 1
    assert server.lines == 2


def test_mail_server_gets_a_whole_letter(server):
    letter = write("confirmed", a_registration(language="vi"))
    Letter.objects.exclude(pk=letter.pk).delete()
    send_due()
    message = message_from_bytes(server.letters[0], policy=policy.default)
    assert message["Message-ID"] == letter.message_id
    assert message["Subject"].strip() == letter.subject
    assert "Kính gửi" in message.get_body(["plain"]).get_content()


# What goes wrong

REFUSALS = {
    "before a word": {"CONNECT": "421 busy"},
    "at the sender": {"MAIL": "451 not now"},
    "at the recipient": {"RCPT": "451 greylisted"},
    "before the letter": {"DATA": "451 not now"},
    "after the letter": {".": "451 not now"},
    "by hanging up at the sender": {"MAIL": None},
    "by hanging up after the letter": {".": None},
    "because we are not let in": {"MAIL": "530 authentication required"},
}


@pytest.mark.parametrize("answers", REFUSALS.values(), ids=REFUSALS)
def test_letter_that_is_refused_for_now_is_tried_again_in_a_minute(server, answers):
    server.answers = answers
    letter = a_letter()
    before = timezone.now()
    assert send_due() == 0
    letter = reread(letter)
    assert (letter.state, letter.tries) == (State.QUEUED, 1)
    assert letter.error
    assert before + PAUSES[0] <= letter.next_try_at <= timezone.now() + PAUSES[0]
    assert claim() is None
    server.answers = {}
    with later(minutes=2):
        assert send_due() == 1
    assert reread(letter).state == State.SENT


def test_mail_server_that_refuses_the_line_holds_nobody_up(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        use(settings, taken.getsockname()[1])
        letter = a_letter()
        assert send_due() == 0
    assert "refused" in reread(letter).error


def test_mail_server_that_hangs_is_left_alone_after_a_while(server):
    server.hangs = True
    letters = [a_letter() for _ in range(3)]
    began = time.monotonic()
    assert send_due() == 0
    assert time.monotonic() - began < 3
    # One try tells that there is no use in the others now.
    assert sorted(reread(letter).tries for letter in letters) == [0, 0, 1]


def test_refused_recipient_holds_up_no_other(server):
    server.answers = {"RCPT": "451 greylisted"}
    letters = [a_letter() for _ in range(3)]
    send_due()
    assert [reread(letter).tries for letter in letters] == [1, 1, 1]


@pytest.mark.parametrize("answers", [{"RCPT": "550 5.1.1 no such mailbox"}, {".": "550 5.1.1 no such mailbox"}])
def test_letter_that_is_refused_for_good_is_given_up_with_what_the_server_said(server, answers):
    server.answers = answers
    letter = a_letter()
    send_due()
    letter = reread(letter)
    assert (letter.state, letter.error) == (State.FAILED, "550 5.1.1 no such mailbox")


def test_pauses_grow_to_six_hours_and_last_three_days():
    assert PAUSES[:4] == [datetime.timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert max(PAUSES) == datetime.timedelta(hours=6)
    assert datetime.timedelta(hours=72) <= sum(PAUSES, datetime.timedelta()) <= datetime.timedelta(hours=78)


def test_letter_is_given_up_after_three_days(server):
    server.answers = {"RCPT": "451 greylisted"}
    letter = a_letter(created_at=timezone.now())
    began = timezone.now()
    for _ in range(len(PAUSES) + 1):
        due = reread(letter).next_try_at or began
        with time_machine.travel(due + datetime.timedelta(seconds=1), tick=False):
            send_due()
    assert reread(letter).state == State.FAILED
    assert due - began >= datetime.timedelta(hours=72)


def test_letter_that_is_no_mail_is_given_up_and_the_next_one_sent():
    broken, good = a_letter(to="two@example.org\nBcc: all@people.example"), a_letter()
    assert send_due() == 1
    assert reread(broken).state == State.FAILED
    assert reread(good).state == State.SENT


def test_error_is_one_line_without_the_password(server, settings):
    settings.EMAIL_HOST_PASSWORD = "the-password-of-the-mail-server"
    error = ConnectionError("login the-password-of-the-mail-server\r\n\x00" + "x" * 1000)
    letter = a_letter()
    settle(claim(), error)
    said = reread(letter).error
    assert "password-of" not in said
    assert len(said) <= 500
    assert not re.search(r"[\x00-\x1f]", said)


def test_same_number_at_each_try(server):
    server.answers = {".": None}
    a_letter()
    send_due()
    server.answers = {}
    with later(minutes=2):
        send_due()
    first, second = (message_from_bytes(letter)["Message-ID"] for letter in server.letters)
    assert first == second


# Workers that are killed, or many


def test_letter_of_a_killed_worker_is_sent_once_its_claim_has_run_out():
    letter = a_letter()
    claimed = claim()
    assert (claim(), send_due()) == (None, 0)
    with time_machine.travel(timezone.now() + CLAIM + datetime.timedelta(seconds=1), tick=False):
        assert send_due() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == letter.message_id == claimed.message_id


def test_worker_that_was_stuck_changes_nothing_of_what_another_did():
    letter = a_letter()
    stuck = claim()
    with time_machine.travel(timezone.now() + CLAIM + datetime.timedelta(seconds=1), tick=False):
        send_due()
        settle(stuck, ConnectionError("too late"))
    assert reread(letter).state == State.SENT


def test_letter_that_is_erased_while_it_is_sent_is_no_error():
    a_letter()
    claimed = claim()
    Letter.objects.all().delete()
    settle(claimed, None)
    assert not Letter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_send_each_letter_once(server):
    numbers = {a_letter(f"somebody{number}@example.org").message_id for number in range(40)}
    begin = threading.Barrier(8)

    def work():
        try:
            begin.wait(10)
            return send_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        sent = sum(job.result() for job in [pool.submit(work) for _ in range(8)])
    received = [message_from_bytes(letter)["Message-ID"] for letter in server.letters]
    assert sent == len(received) == 40
    assert set(received) == numbers
    assert set(Letter.objects.values_list("state", "tries")) == {(State.SENT, 1)}


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_the_same_letter_would_go_twice(server, monkeypatch):
    """The control: what the test above proves is no luck."""
    a_letter()
    begin = threading.Barrier(2)

    def unclaimed():
        letter = Letter.objects.get(state=State.QUEUED)
        begin.wait(10)
        return letter

    def work():
        line = posting.Line()
        try:
            return line.send(unclaimed())
        finally:
            line.close()
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert [job.result() for job in [pool.submit(work) for _ in range(2)]] == [None, None]
    assert len(server.letters) == 2


# Codes


def test_code_is_wiped_once_it_is_sent():
    code = a_code()
    send_due()
    assert "12345678" in mail.outbox[0].body
    assert (reread(code).text, reread(code).state) == ("", State.SENT)


def test_code_that_is_refused_is_kept_for_the_next_try(server):
    server.answers = {"RCPT": "451 greylisted"}
    code = a_code()
    send_due()
    assert "12345678" in reread(code).text


def test_code_that_is_given_up_is_wiped(server):
    server.answers = {"RCPT": "550 no such mailbox"}
    code = a_code()
    send_due()
    assert (reread(code).text, reread(code).state) == ("", State.FAILED)


def test_code_that_comes_too_late_is_never_sent_and_wiped():
    code = a_code(good_until=timezone.now() + datetime.timedelta(minutes=15))
    with later(minutes=16):
        assert send_due() == 0
        posting.do_duties()
    code = reread(code)
    assert (code.state, code.text, code.error) == (State.FAILED, "", posting.TOO_LATE)


def test_code_that_can_be_read_in_the_browser_is_kept_for_an_hour(settings):
    settings.LETTERS_IN_BROWSER = True
    code = a_code()
    send_due()
    assert "12345678" in reread(code).text
    with later(minutes=61):
        posting.do_duties()
    assert reread(code).text == ""


# Sending again


def test_letter_that_went_out_is_sent_again_as_another_one():
    letter = a_letter()
    send_due()
    assert send_again(Letter.objects.all()) == 1
    assert send_due() == 1
    assert reread(letter).message_id != letter.message_id
    assert len(mail.outbox) == 2


def test_letter_that_was_given_up_is_sent_again_as_itself():
    letter = a_letter(state=State.FAILED, tries=21, error="550 no such mailbox")
    assert send_again(Letter.objects.all()) == 1
    assert (reread(letter).message_id, reread(letter).tries, reread(letter).error) == (letter.message_id, 0, "")


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING])
def test_letter_that_is_on_its_way_is_not_sent_again(state):
    a_letter(state=state)
    assert send_again(Letter.objects.all()) == 0


def test_wiped_letter_is_not_sent_again():
    a_code()
    send_due()
    assert send_again(Letter.objects.all()) == 0


# What the desk is warned of


def test_letters_that_wait_for_ten_minutes_are_counted():
    a_letter()
    a_letter(state=State.SENT)
    a_letter(state=State.FAILED)
    assert waiting_too_long() == 0
    with later(minutes=11):
        a_letter()
        assert waiting_too_long() == 1


def test_letter_that_is_sent_again_does_not_count_at_once():
    a_letter(state=State.SENT)
    with later(days=3):
        send_again(Letter.objects.all())
        assert waiting_too_long() == 0
    with later(days=3, minutes=11):
        assert waiting_too_long() == 1


# Pages


def test_with_the_mail_server_hanging_a_page_answers_at_once(server, client, settings):
    server.hangs = True
    settings.EMAIL_TIMEOUT = 5
    organizer = an_organizer()
    began = time.monotonic()
    assert client.post("/accounts/password/reset/", {"email": organizer.email}).status_code == 302
    assert time.monotonic() - began < settings.EMAIL_TIMEOUT
    assert Letter.objects.filter(to=organizer.email, state=State.QUEUED).count() == 1


def test_letter_of_a_page_waits_until_the_mail_server_is_back(server, settings):
    server.answers = {"CONNECT": "421 going down"}
    organizer = an_organizer()
    Client().post("/accounts/password/reset/", {"email": organizer.email})
    send_due()
    assert not server.letters
    server.answers = {}
    with later(minutes=2):
        send_due()
    assert len(server.letters) == 1


@pytest.mark.parametrize("language", ["en", "vi"])
def test_code_for_signing_in_is_secret_and_good_for_a_quarter_of_an_hour(client, language):
    organizer = an_organizer()
    prefix = "" if language == "en" else f"/{language}"
    client.post(f"{prefix}/accounts/login/code/", {"email": organizer.email})
    letter = Letter.objects.get()
    assert (letter.to, letter.user, letter.language, letter.is_secret) == (organizer.email, organizer, language, True)
    assert abs(letter.good_until - timezone.now() - datetime.timedelta(minutes=15)) < datetime.timedelta(minutes=1)


def test_link_to_a_new_password_is_secret_and_waits_for_the_mail_server_like_any_letter(client):
    client.post("/accounts/password/reset/", {"email": an_organizer().email})
    letter = Letter.objects.get()
    assert (letter.is_secret, letter.good_until) == (True, None)


def test_that_something_was_changed_is_no_secret():
    organizer = an_organizer()
    change = {"oldpassword": PASSWORD, "password1": "another-long-password", "password2": "another-long-password"}
    at_the_desk(organizer).post("/accounts/password/change/", change)
    letter = Letter.objects.get()
    assert (letter.is_secret, letter.user) == (False, organizer)


def test_account_letter_goes_when_the_account_goes(client):
    organizer = an_organizer()
    client.post("/accounts/password/reset/", {"email": organizer.email})
    organizer.delete()
    assert not Letter.objects.exists()


# The command


def test_once_sends_what_is_due(capsys):
    a_letter()
    call_command("worker", "--once")
    assert "Letters sent: 1." in capsys.readouterr().out


def test_each_minute_free_seats_are_offered_and_offers_lapse(before_the_conference):
    quota = a_quota(seats=0)
    seat = a_registration().seats.get()
    quota.seats = 1
    quota.save()
    posting.do_duties()
    seat.refresh_from_db()
    assert seat.state == Seat.State.OFFERED
    before_the_conference.shift(datetime.timedelta(hours=49))
    posting.do_duties()
    seat.refresh_from_db()
    assert seat.lapses == 1


def test_what_fails_of_the_minutes_duties_stops_no_letter(monkeypatch, caplog):
    def fails():
        raise RuntimeError("a fault")

    monkeypatch.setattr("conference.registration.admission.lapse_offers", fails)
    a_letter()
    call_command("worker", "--once")
    assert len(mail.outbox) == 1
    assert "a fault" in caplog.text


def test_once_says_that_the_database_is_away(capsys):
    database = connections["default"]
    database.execute_wrappers.append(is_away)
    try:
        with pytest.raises(SystemExit) as ended:
            call_command("worker", "--once")
    finally:
        database.execute_wrappers.remove(is_away)
    assert ended.value.code == 1
    assert "The database does not answer: away" in capsys.readouterr().err


def is_away(execute, sql, *rest):
    raise OperationalError("away")


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_while_the_database_was_away_is_not_sent_again():
    letter, wrappers = a_letter(), connections["default"].execute_wrappers
    claimed = claim()
    wrappers.append(is_away)
    # It goes on trying to write it down for as long as nobody asks it to stop.
    settle(claimed, None, Rounds(3, lambda left: wrappers.clear() if left == 1 else None))
    assert reread(letter).state == State.SENT
    assert send_due() == 0


class Rounds(posting.Stop):
    """Asked for after so many seconds of the worker's, which pass at once."""

    def __init__(self, number, meanwhile=lambda left: None):
        self.left, self.meanwhile = number, meanwhile

    def wait(self, seconds):
        self.left -= 1
        self.meanwhile(self.left)
        self.asked = self.left <= 0
        return self.asked


@pytest.mark.django_db(transaction=True)
def test_worker_goes_on_until_it_is_stopped():
    a_letter()
    posting.work(Rounds(3, lambda left: a_letter() if left == 2 else None))
    assert len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_worker_outlives_a_database_that_is_away(settings, caplog):
    a_letter()
    database = connections["default"]
    name = database.settings_dict["NAME"]
    database.close()
    database.settings_dict["NAME"] = f"/nowhere/{name}"

    def comes_back(left):
        if left == 2:
            database.settings_dict["NAME"] = name

    try:
        posting.work(Rounds(4, comes_back))
    finally:
        database.settings_dict["NAME"] = name
    assert len(mail.outbox) == 1
    assert caplog.text.count("Letters wait: ") == 1
    assert "Letters go out again." in caplog.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_worker_ends_well_when_it_is_told_to(tmp_path, number):
    """As a program of its own: on a database without tables, which it reports and waits for."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"SECRET_KEY": SECRET_KEY, "VAR_DIR": str(tmp_path)}
    program = [sys.executable, "manage.py", "worker"]
    with subprocess.Popen(
        program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as worker:
        try:
            assert "The worker sends letters" in worker.stdout.readline()
            worker.send_signal(number)
            assert worker.wait(10) == 0
        finally:
            worker.kill()
