"""What letters say, in whose words, and what nobody can make them say (rows 7, 8, 18 to 20 of the faults)."""

import datetime
import re
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from icalendar import Calendar

from conference import site_data
from conference.mail import sender
from conference.mail.models import EmailTemplate, QueuedEmail
from conference.mail.rendering import (
    WORD_JOINER,
    SiteURL,
    TextList,
    TrustedText,
    UserInput,
    render_template,
    sanitize_email_html,
    unknown_placeholders,
)
from conference.models import Conference
from conference.registration import emails
from conference.registration.email_types import EMAIL_TYPES, placeholders_for
from conference.registration.emails import default_template, queue_registration_email, template_source
from conference.registration.models import RegistrationEvent, Seat
from conference.registration.offer_tokens import make_offer_token

from .. import factories
from ..outbox import send_pending_emails
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, WEDNESDAY, make_quota, make_registration

pytestmark = pytest.mark.usefixtures("conference")
LANGUAGES = [code for code, _name in settings.LANGUAGES]

# Names that others have put into letters elsewhere, and worse.
HOSTILE = [
    "[Log in](https://evil.example)",
    "https://evil.example/path?x=1",
    "HTTP://EVIL.EXAMPLE",
    "//evil.example",
    "www.evil.example",
    "evil.com",
    "somebody@evil.example",
    "mailto:somebody@evil.example",
    "<a href=https://evil.example>Log in</a>",
    '<img src=x onerror="alert(1)">',
    "<https://evil.example>",
    "[x]: https://evil.example",
    "![x](https://evil.example/x.png)",
    "ｅｖｉｌ。com",
    "javascript:alert(1)",
    "{my_link}",
    "{name}{name}",
    "{{7*7}}",
    "{name.__class__}",
    "Linh\r\nBcc: everybody@people.example",
    "Linh\n\n<script>alert(1)</script>",
    "\u202eelpmaxe.live",
    "\x00\x08\x1b[31m",
    "\ue0000\ue001",
    "**bold** _it_ `code` # heading",
    "</title></head><body onload=alert(1)>",
    factories.MALICIOUS_TEXT,
]
# What mail programs make a link of.
LOOKS_LIKE_A_LINK = re.compile(r"[\w-]+[.。．]\w|\w@\w|\w:/|://|//\w|www\.\w|mailto:\w|javascript:\w", re.IGNORECASE)


def offered(registration, day=MONDAY):
    seat = registration.seats.get(day=day, mode=IN_PERSON)
    seat.status, seat.offered_until = Seat.Status.OFFERED, timezone.now() + datetime.timedelta(days=2)
    seat.save()
    return seat


def written(kind, registration):
    """A letter of that kind, with what that kind needs."""
    values = {}
    if kind == "offer":
        values = {"seat": offered(registration)}
    if kind == "offer_expired":
        values = {"seat": registration.seats.first()}
    if kind == "declined":
        values = {"reason": RegistrationEvent.Reason.FULL, "note": "We are very sorry."}
    return queue_registration_email(kind, registration, **values)


def named(name, kind="confirmed", **facts):
    """A letter to somebody who is called so, whatever the form would say to that."""
    registration = make_registration()
    registration.badge_name = name
    return written(kind, registration)


def links(html):
    return re.findall(r'<a [^>]*href="([^"]*)"', html)


# The kinds


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_worded_in_every_language(kind, language):
    letter = written(kind, make_registration(language=language))
    assert letter.language == language
    assert letter.subject
    assert "Linh" in letter.text
    assert "Linh" in letter.html
    assert "{" not in letter.subject + letter.text
    assert f'<html lang="{language}">' in letter.html


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_sites_own_words_hold_only_placeholders_that_are_filled_in(kind, language):
    subject, body = default_template(kind, language)
    assert unknown_placeholders(subject + body, placeholders_for(kind)) == []


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
def test_samples_of_a_preview_fill_in_every_placeholder(kind):
    assert emails.preview_context(kind).keys() == placeholders_for(kind).keys()


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
def test_values_fill_in_every_placeholder(kind):
    registration = make_registration()
    letter = written(kind, registration)
    more = {"seat": registration.seats.first()} if kind in ("offered", "lapsed") else {}
    assert (
        emails.email_context(kind, registration, registration.seats.all(), **more).keys()
        == placeholders_for(kind).keys()
    )
    assert letter.email_type == kind


def test_letter_is_in_the_persons_language_whatever_the_page_s():
    registration = make_registration(language="vi")
    with translation.override("en"):
        letter = queue_registration_email("confirmed", registration)
    assert "Kính gửi Linh" in letter.text
    assert "Phụ nữ, Hòa bình và An ninh" in letter.subject
    assert "Thứ Hai, ngày 7 tháng 12 năm 2020" in letter.text
    assert f"{settings.SITE_URL}/vi/my/" in letter.text


def test_letter_says_the_days_and_how_each_stands():
    make_quota(TUESDAY, seats=0)
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON, WEDNESDAY: ONLINE})
    lines = queue_registration_email("confirmed", registration).text.splitlines()
    assert "- Monday, 7 December 2020: in person, confirmed" in lines
    assert "- Tuesday, 8 December 2020: in person, on the wait list" in lines
    assert "- Wednesday, 9 December 2020: online, confirmed" in lines


def test_seat_held_until_there_is_a_better_one_is_called_so():
    make_quota(seats=0)
    registration = make_registration(online_while_waitlisted=True)
    assert "online, until an in-person seat is free" in queue_registration_email("waitlisted", registration).text


def test_seat_in_the_house_held_until_there_is_one_online_is_called_so():
    registration = make_registration()
    registration.seats.update(is_interim=True)
    lines = queue_registration_email("changed", registration).text.splitlines()
    assert "- Monday, 7 December 2020: in person, until a place online is free" in lines


def test_days_given_back_are_not_in_the_letter():
    registration = make_registration()
    registration.seats.update(status=Seat.Status.RELEASED)
    assert "7 December 2020: " not in queue_registration_email("changed", registration).text


def test_offer_says_the_day_until_when_and_where_to_answer():
    seat = offered(make_registration())
    letter = queue_registration_email("offer", seat.registration, seat=seat)
    there = f"{settings.SITE_URL}/offers/{make_offer_token(seat)}/"
    assert there in letter.text
    assert there in links(letter.html)
    until = seat.offered_until.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    assert f"{until:%H:%M}, Ha Noi time" in letter.text
    assert "Monday, 7 December 2020, in person" in letter.text


def test_lapsed_offer_says_whether_one_is_still_on_the_list():
    registration = make_registration()
    seat = registration.seats.get()
    seat.status = Seat.Status.WAITLISTED
    assert "at the end of the wait list" in queue_registration_email("offer_expired", registration, seat=seat).text
    seat.status = Seat.Status.RELEASED
    assert (
        "no longer on the wait list for this day"
        in queue_registration_email("offer_expired", registration, seat=seat).text
    )


def test_declining_gives_the_reason_in_the_persons_language_and_the_note():
    registration = make_registration(language="vi")
    letter = queue_registration_email(
        "declined", registration, reason=RegistrationEvent.Reason.FULL, note="Rất tiếc.\nHẹn dịp khác."
    )
    with translation.override("vi"):
        assert str(RegistrationEvent.Reason.FULL.label) in letter.text
    assert "Rất tiếc.\nHẹn dịp khác." in letter.text
    assert "Rất tiếc.<br>Hẹn dịp khác." in letter.html


def test_without_a_note_there_is_no_gap():
    letter = queue_registration_email("declined", make_registration(), reason=RegistrationEvent.Reason.FULL)
    assert "\n\n\n" not in letter.text
    assert "<p></p>" not in letter.html


def test_registrars_note_is_text_and_not_markup():
    letter = queue_registration_email(
        "declined", make_registration(), reason="other", note="**No** <b>[x](https://evil.example)</b>"
    )
    assert "&lt;b&gt;[x](https://evil.example)" in letter.html
    assert "evil" not in " ".join(links(letter.html))


def test_who_has_no_address_is_not_written_to():
    registration = make_registration()
    registration.user.email = ""
    EmailAddress.objects.filter(user=registration.user).delete()
    assert queue_registration_email("confirmed", registration) is None


def test_letter_goes_with_the_transaction_it_tells_of():
    registration = make_registration()
    before = QueuedEmail.objects.count()
    with transaction.atomic():
        queue_registration_email("confirmed", registration)
        transaction.set_rollback(True)
    assert QueuedEmail.objects.count() == before


def test_erasing_the_person_erases_the_letters():
    registration = make_registration()
    queue_registration_email("confirmed", registration)
    registration.user.delete()
    assert not QueuedEmail.objects.exists()


def test_a_letter_costs_as_many_queries_for_three_days_as_for_one(published):
    one = make_registration()
    three = make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON, WEDNESDAY: ONLINE})
    queue_registration_email("confirmed", one)
    with CaptureQueriesContext(connection) as of_one:
        queue_registration_email("confirmed", one)
    with CaptureQueriesContext(connection) as of_three:
        queue_registration_email("confirmed", three)
    assert len(of_one) == len(of_three)


# The calendar file


def events(letter):
    return Calendar.from_ical(letter.calendar).walk("VEVENT")


def test_confirmed_days_come_as_a_calendar_file(published):
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE})
    monday, tuesday = events(queue_registration_email("confirmed", registration))
    assert monday.start == factories.december(7, 18)
    assert monday.end == factories.december(7, 22)
    assert str(monday["location"]) == "Ha Noi"
    assert str(tuesday["location"]) == "Online"
    assert "Linh" not in monday.to_ical().decode()
    assert f"{settings.SITE_URL}/my/" in str(monday["description"])


def test_day_without_sessions_is_a_whole_day():
    [day] = events(queue_registration_email("confirmed", make_registration()))
    assert (day.start, day.end) == (MONDAY, TUESDAY)


def test_cancelled_sessions_do_not_count_for_the_hours(published):
    [day] = events(queue_registration_email("confirmed", make_registration(days={WEDNESDAY: ONLINE})))
    assert day.start == factories.december(9, 18)


def test_same_day_has_the_same_identity_in_every_letter(published):
    registration = make_registration()
    first, second = (
        events(queue_registration_email(kind, registration))[0]["uid"] for kind in ("confirmed", "changed")
    )
    assert first == second


def test_people_have_different_events(published):
    first, second = (events(queue_registration_email("confirmed", make_registration()))[0]["uid"] for _ in range(2))
    assert first != second


def test_who_has_no_day_gets_no_file():
    make_quota(seats=0)
    assert queue_registration_email("changed", make_registration()).calendar == ""


@pytest.mark.parametrize("email_type", sorted(EMAIL_TYPES.keys() - {"confirmed", "changed"}))
def test_other_letters_have_no_file(kind):
    assert written(kind, make_registration()).calendar == ""


# As mail


def sent(letter):
    send_pending_emails()
    message = sender.build_message(QueuedEmail.objects.get(pk=letter.pk)).message()
    return message_from_bytes(message.as_bytes(), policy=policy.default)


def test_mail_has_text_html_and_the_calendar_file(published):
    mail = sent(queue_registration_email("confirmed", make_registration(language="vi")))
    types = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert types == ["text/plain", "text/html", "text/calendar"]
    calendar = next(mail.iter_attachments())
    assert calendar["Content-Type"].params["method"] == "PUBLISH"
    assert "METHOD:PUBLISH" in calendar.get_content()
    assert "Kính gửi" in mail.get_body(["plain"]).get_content()


def test_mail_says_from_whom_to_whom_and_that_nobody_wrote_it():
    registration = make_registration(language="vi")
    mail = sent(queue_registration_email("confirmed", registration))
    assert mail["To"] == registration.user.email
    assert mail["From"] == f'"Phụ nữ, Hòa bình và An ninh" <{settings.DEFAULT_FROM_EMAIL}>'
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "vi"
    assert mail["Date"].datetime
    assert mail["Message-ID"] == QueuedEmail.objects.latest("created_at").message_id


def test_answers_go_to_the_contact_if_there_is_one():
    registration = make_registration()
    assert sent(queue_registration_email("confirmed", registration))["Reply-To"] is None
    Conference.objects.update(contact="ask@conference.example", updated_at=timezone.now())
    site_data.refresh()
    assert sent(queue_registration_email("confirmed", registration))["Reply-To"] == "ask@conference.example"


def test_sender_with_a_name_of_their_own_keeps_it(settings):
    settings.DEFAULT_FROM_EMAIL = "The Secretariat <office@conference.example>"
    assert (
        sent(queue_registration_email("confirmed", make_registration()))["From"]
        == "The Secretariat <office@conference.example>"
    )


def test_each_letter_has_a_number_of_its_own():
    registration = make_registration()
    assert (
        queue_registration_email("changed", registration).message_id
        != queue_registration_email("changed", registration).message_id
    )


# What nobody can make a letter say


@pytest.mark.parametrize("name", HOSTILE)
def test_name_is_no_link_and_no_markup_in_html(name):
    letter = named(name)
    assert set(links(letter.html)) == {f"{settings.SITE_URL}/my/"}
    assert re.findall(r"<(script|img|body onload)", letter.html) == []
    [bdi] = re.findall(r"Dear <bdi>(.*?)</bdi>", letter.html, re.DOTALL)
    assert "<" not in bdi
    assert not LOOKS_LIKE_A_LINK.search(bdi)


@pytest.mark.parametrize("name", HOSTILE)
def test_name_is_nothing_to_click_in_text(name):
    letter = named(name)
    [greeting] = [line for line in letter.text.splitlines() if line.startswith("Dear ")]
    assert not LOOKS_LIKE_A_LINK.search(greeting)


@pytest.mark.parametrize("name", HOSTILE)
def test_name_is_no_header(name):
    EmailTemplate.objects.create(email_type="confirmed", subject_en="For {name}")
    mail = sent(named(name))
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].addr_spec.endswith("@example.org")
    assert not LOOKS_LIKE_A_LINK.search(mail["Subject"])
    assert "\n" not in mail["Subject"]


@pytest.mark.parametrize("name", ["{my_link}", "{name}{name}", "{{7*7}}", "{% now %}", "{conference.__class__}"])
def test_placeholder_as_a_name_is_shown_as_it_is(name):
    letter = named(name)
    assert name in letter.text.replace(WORD_JOINER, "")


def test_name_of_every_script_is_kept():
    letter = named("Nguyễn Thị Ánh 王芳 فاطمة O’Brien-Müller")
    assert "Nguyễn Thị Ánh 王芳 فاطمة O’Brien-Müller" in letter.text


def test_initials_look_as_they_were_typed():
    assert UserInput("J. R. R. Tolkien").plain() == "J. R. R. Tolkien"
    assert UserInput("J.R.R. Tolkien").plain().replace(WORD_JOINER, "") == "J.R.R. Tolkien"


def test_letter_loads_nothing_from_elsewhere():
    html = written("confirmed", make_registration()).html
    assert re.findall(r"<(img|link|script|style|table|iframe)|url\(|src=", html) == []


# Organizers' words


def test_organizers_words_take_the_place_of_the_sites():
    EmailTemplate.objects.create(
        email_type="confirmed", subject_en="Come, {name}", body_en="You are **in**: [here]({my_link})."
    )
    letter = queue_registration_email("confirmed", make_registration())
    assert letter.subject == "Come, Linh"
    assert letter.text.startswith(f"You are in: here: {settings.SITE_URL}/my/.")
    assert f'You are <strong>in</strong>: <a href="{settings.SITE_URL}/my/"' in letter.html


def test_language_that_organizers_left_empty_keeps_the_sites_words():
    row = EmailTemplate.objects.create(email_type="confirmed", subject_en="Come", body_en="Come.")
    with translation.override("vi"):
        assert template_source("confirmed", row) == default_template("confirmed", "vi")


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/x.png)",
        '<a onclick="x">x</a>',
    ],
)
def test_organizers_markup_is_made_harmless(body):
    EmailTemplate.objects.create(email_type="confirmed", body_en=body)
    html = queue_registration_email("confirmed", make_registration()).html
    assert re.findall(r'<script|<img|<a [^>]*onclick|href="javascript', html) == []


@pytest.mark.parametrize("body", ["[x]({name})", "[x](https://evil.example/{name})", '[x](https://a.example "{name}")'])
def test_name_cannot_be_where_a_link_leads(body):
    values = {"name": UserInput('javascript:alert(1)" onclick="x')}
    html = render_template("", body, values).html
    assert "javascript:" not in html.replace(f"javascript{WORD_JOINER}:", "")
    assert not re.search(r'<[^>]*"\s+onclick', html)


@pytest.mark.parametrize("found", ["{nam}", "{name.__class__}", "{ name }", "{0}", "{}", "{{name}", "{name!r}"])
def test_what_cannot_be_filled_in_stands_there_as_it_is(found):
    text = render_template("", f"Hello {found}!", {"nothing": TrustedText("")}).text
    assert "Hello {" in text


def test_subject_is_short_and_on_one_line():
    words = render_template("A {note}", "", {"note": TrustedText("one\ntwo " + "x" * 500)})
    assert "\n" not in words.subject
    assert len(words.subject) <= 200


# Markdown as plain text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
        ("one\\\ntwo", "one\ntwo"),
        ("# Title\n\ntext", "Title\n\ntext"),
        ("- a\n- b\n\nc", "- a\n- b\n\nc"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("[words](https://a.example/)", "words: https://a.example/"),
        ("<https://a.example/>", "https://a.example/"),
        ("**a** *b* `c`", "a b c"),
        ("a {days} b", "a x; y b"),
        ("{days}", "- x\n- y"),
        ("{link}", "https://a.example/"),
        ("", ""),
    ],
)
def test_markdown_reads_well_as_text(markdown, text):
    values = {"days": TextList(["x", "y"]), "link": SiteURL("https://a.example/")}
    assert render_template("", markdown, values).text == text


def test_html_of_a_letter_is_shown_without_its_looks():
    html = sanitize_email_html(written("confirmed", make_registration()).html)
    assert "style=" not in html
    assert "<title" not in html
    assert "your registration is confirmed" not in html
    assert links(html) == [f"{settings.SITE_URL}/my/"]


def test_html_of_a_letter_is_shown_without_links_where_they_are_not_ones_own():
    assert "<a" not in sanitize_email_html(written("confirmed", make_registration()).html, links=False)
