"""Content of e-mails about registrations, and rendering of malicious input in them."""

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
from conference.registration.emails import queue_registration_email
from conference.registration.emails.context import email_context, preview_context
from conference.registration.emails.messages import default_template, template_source
from conference.registration.emails.types import EMAIL_TYPES, UNPROVED_ADDRESS_EMAIL, placeholders_for
from conference.registration.models import EventMove, RegistrationEvent, Seat
from conference.registration.offer_tokens import make_offer_token

from .. import factories
from ..outbox import send_pending_emails
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, WEDNESDAY, make_quota, make_registration

pytestmark = pytest.mark.usefixtures("conference")
LANGUAGES = [code for code, _name in settings.LANGUAGES]

MALICIOUS_NAMES = [
    "[Log in](https://evil.example)",
    "HTTP://EVIL.EXAMPLE",
    "www.evil.example",
    "somebody@evil.example",
    "mailto:somebody@evil.example",
    "<a href=https://evil.example>Log in</a>",
    "![x](https://evil.example/x.png)",
    "ｅｖｉｌ。com",
    "javascript:alert(1)",
    "{name}{name}",
    "Linh\r\nBcc: everybody@people.example",
    "\u202eelpmaxe.live",
    "\x00\x08\x1b[31m",
    "\ue0000\ue001",
    "</title></head><body onload=alert(1)>",
    factories.MALICIOUS_TEXT,
]
# Text that mail programs turn into link_urls.
LINK_PATTERN = re.compile(r"[\w-]+[.。．]\w|\w@\w|\w:/|://|//\w|www\.\w|mailto:\w|javascript:\w", re.IGNORECASE)


def offer_seat(registration, day=MONDAY):
    seat = registration.seats.get(day=day, mode=IN_PERSON)
    seat.status, seat.offered_until = Seat.Status.OFFERED, timezone.now() + datetime.timedelta(days=2)
    seat.save()
    return seat


def queue_email(email_type, registration):
    """Queue an e-mail of a type with the values that the type requires."""
    return queue_registration_email(email_type, registration, **required_values(email_type, registration))


def required_values(email_type, registration):
    if email_type == "offer":
        return {"seat": offer_seat(registration)}
    if email_type == "offer_expired":
        return {"seat": registration.seats.first()}
    if email_type == "declined":
        return {"reason": RegistrationEvent.Reason.FULL, "note": "We are very sorry."}
    if email_type == "moved":
        return {"move": EventMove(from_first_day=MONDAY, from_last_day=TUESDAY)}
    return {}


def queue_email_to(name, email_type="confirmed"):
    """Queue an e-mail to an attendee with this name, without validation by the form."""
    registration = make_registration()
    registration.badge_name = name
    return queue_email(email_type, registration)


def link_urls(html):
    return re.findall(r'<a [^>]*href="([^"]*)"', html)


# Types


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_queue_registration_email_each_type_and_language_is_complete(email_type, language):
    email = queue_email(email_type, make_registration(language=language))
    assert email.language == language
    assert email.subject
    is_personal = email_type != UNPROVED_ADDRESS_EMAIL
    assert ("Linh" in email.text, "Linh" in email.html) == (is_personal, is_personal)
    assert "{" not in email.subject + email.text
    assert f'<html lang="{language}">' in email.html


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_default_template_has_only_known_placeholders(email_type, language):
    subject, body = default_template(email_type, language)
    assert unknown_placeholders(subject + body, placeholders_for(email_type)) == []


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
def test_preview_context_has_all_placeholders(email_type):
    assert preview_context(email_type).keys() == placeholders_for(email_type).keys()


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
def test_email_context_has_all_placeholders(email_type):
    registration = make_registration()
    email = queue_email(email_type, registration)
    values = required_values(email_type, registration)
    context = email_context(email_type, registration, registration.seats.all(), **values)
    assert context.keys() == placeholders_for(email_type).keys()
    assert email.email_type == email_type


def test_queue_registration_email_uses_language_of_registration():
    registration = make_registration(language="vi")
    with translation.override("en"):
        email = queue_registration_email("confirmed", registration)
    assert "Kính gửi Linh" in email.text
    assert "Phụ nữ, Hòa bình và An ninh" in email.subject
    assert "Thứ Hai, ngày 7 tháng 12 năm 2020" in email.text
    assert f"{settings.SITE_URL}/vi/my/" in email.text


def test_queue_registration_email_lists_days_with_status():
    make_quota(TUESDAY, seats=0)
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON, WEDNESDAY: ONLINE})
    lines = queue_registration_email("confirmed", registration).text.splitlines()
    assert "- Monday, 7 December 2020: in person, confirmed" in lines
    assert "- Tuesday, 8 December 2020: in person, on the wait list" in lines
    assert "- Wednesday, 9 December 2020: online, confirmed" in lines


def test_format_seat_interim_online_seat_is_described():
    make_quota(seats=0)
    registration = make_registration(online_while_waitlisted=True)
    assert "online, until an in-person seat is free" in queue_registration_email("waitlisted", registration).text


def test_format_seat_interim_in_person_seat_is_described():
    registration = make_registration()
    registration.seats.update(is_interim=True)
    lines = queue_registration_email("changed", registration).text.splitlines()
    assert "- Monday, 7 December 2020: in person, until a place online is free" in lines


def test_queue_registration_email_omits_released_seats():
    registration = make_registration()
    registration.seats.update(status=Seat.Status.RELEASED)
    assert "7 December 2020: " not in queue_registration_email("changed", registration).text


def test_offer_email_has_day_deadline_and_link():
    seat = offer_seat(make_registration())
    email = queue_registration_email("offer", seat.registration, seat=seat)
    url = f"{settings.SITE_URL}/offers/{make_offer_token(seat)}/"
    assert url in email.text
    assert url in link_urls(email.html)
    deadline = seat.offered_until.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    assert f"{deadline:%H:%M}, Ha Noi time" in email.text
    assert "Monday, 7 December 2020, in person" in email.text


def test_offer_expired_email_describes_next_step():
    registration = make_registration()
    seat = registration.seats.get()
    seat.status = Seat.Status.WAITLISTED
    assert "at the end of the wait list" in queue_registration_email("offer_expired", registration, seat=seat).text
    seat.status = Seat.Status.RELEASED
    assert (
        "no longer on the wait list for this day"
        in queue_registration_email("offer_expired", registration, seat=seat).text
    )


def test_declined_email_has_translated_reason_and_note():
    registration = make_registration(language="vi")
    email = queue_registration_email(
        "declined", registration, reason=RegistrationEvent.Reason.FULL, note="Rất tiếc.\nHẹn dịp khác."
    )
    with translation.override("vi"):
        assert str(RegistrationEvent.Reason.FULL.label) in email.text
    assert "Rất tiếc.\nHẹn dịp khác." in email.text
    assert "Rất tiếc.<br>Hẹn dịp khác." in email.html


def test_declined_email_without_note_has_no_empty_paragraph():
    email = queue_registration_email("declined", make_registration(), reason=RegistrationEvent.Reason.FULL)
    assert "\n\n\n" not in email.text
    assert "<p></p>" not in email.html


def test_declined_email_note_is_escaped():
    email = queue_registration_email(
        "declined", make_registration(), reason="other", note="**No** <b>[x](https://evil.example)</b>"
    )
    assert "&lt;b&gt;[x](https://evil.example)" in email.html
    assert "evil" not in " ".join(link_urls(email.html))


def test_queue_registration_email_without_verified_address_returns_none():
    registration = make_registration()
    registration.user.email = ""
    EmailAddress.objects.filter(user=registration.user).delete()
    assert queue_registration_email("confirmed", registration) is None


def test_queue_registration_email_rollback_removes_email():
    registration = make_registration()
    before = QueuedEmail.objects.count()
    with transaction.atomic():
        queue_registration_email("confirmed", registration)
        transaction.set_rollback(True)
    assert QueuedEmail.objects.count() == before


def test_delete_user_deletes_emails():
    registration = make_registration()
    queue_registration_email("confirmed", registration)
    registration.user.delete()
    assert not QueuedEmail.objects.exists()


def test_queue_registration_email_number_of_queries_is_constant(published):
    one = make_registration()
    three = make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON, WEDNESDAY: ONLINE})
    queue_registration_email("confirmed", one)
    with CaptureQueriesContext(connection) as captured_one:
        queue_registration_email("confirmed", one)
    with CaptureQueriesContext(connection) as captured_three:
        queue_registration_email("confirmed", three)
    assert len(captured_one) == len(captured_three)


# Calendar file


def calendar_events(email):
    return [event for calendar in Calendar.from_ical(email.calendar, multiple=True) for event in calendar.events]


def test_calendar_has_event_for_each_confirmed_day(published):
    registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE})
    monday, tuesday = calendar_events(queue_registration_email("confirmed", registration))
    assert monday.start == factories.december(7, 18)
    assert monday.end == factories.december(7, 22)
    assert str(monday["location"]) == "Ha Noi, Viet Nam"
    assert str(tuesday["location"]) == "Online"
    assert "Linh" not in monday.to_ical().decode()
    assert f"{settings.SITE_URL}/my/" in str(monday["description"])


def test_calendar_day_without_sessions_is_all_day_event():
    [day] = calendar_events(queue_registration_email("confirmed", make_registration()))
    assert (day.start, day.end) == (MONDAY, TUESDAY)


def test_calendar_cancelled_sessions_are_ignored(published):
    [day] = calendar_events(queue_registration_email("confirmed", make_registration(days={WEDNESDAY: ONLINE})))
    assert day.start == factories.december(9, 18)


def test_calendar_same_day_keeps_uid(published):
    registration = make_registration()
    first, second = (
        calendar_events(queue_registration_email(email_type, registration))[0]["uid"]
        for email_type in ("confirmed", "changed")
    )
    assert first == second


def test_calendar_registrations_have_different_uids(published):
    first, second = (
        calendar_events(queue_registration_email("confirmed", make_registration()))[0]["uid"] for _ in range(2)
    )
    assert first != second


def test_calendar_without_confirmed_seat_is_empty():
    make_quota(seats=0)
    assert queue_registration_email("changed", make_registration()).calendar == ""


@pytest.mark.parametrize("email_type", sorted(EMAIL_TYPES.keys() - {"confirmed", "changed", "moved", "offer"}))
def test_calendar_other_types_have_none(email_type):
    assert queue_email(email_type, make_registration()).calendar == ""


# Message


def send_and_build(email):
    send_pending_emails()
    message = sender.build_message(QueuedEmail.objects.get(pk=email.pk)).message()
    return message_from_bytes(message.as_bytes(), policy=policy.default)


def test_build_message_has_text_html_and_calendar(published):
    message = send_and_build(queue_registration_email("confirmed", make_registration(language="vi")))
    types = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert types == ["text/plain", "text/html", "text/calendar", "application/pdf"]
    calendar = next(message.iter_attachments())
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert "METHOD:REQUEST" in calendar.get_content()
    assert "Kính gửi" in message.get_body(["plain"]).get_content()


def test_build_message_headers():
    registration = make_registration(language="vi")
    message = send_and_build(queue_registration_email("confirmed", registration))
    assert message["To"] == registration.user.email
    assert message["From"] == f'"Phụ nữ, Hòa bình và An ninh" <{settings.DEFAULT_FROM_EMAIL}>'
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "vi"
    assert message["Date"].datetime
    assert message["Message-ID"] == QueuedEmail.objects.latest("created_at").message_id


def test_build_message_reply_to_is_contact():
    registration = make_registration()
    assert send_and_build(queue_registration_email("confirmed", registration))["Reply-To"] is None
    Conference.objects.update(contact="ask@conference.example", updated_at=timezone.now())
    site_data.refresh_site_data()
    assert send_and_build(queue_registration_email("confirmed", registration))["Reply-To"] == "ask@conference.example"


def test_build_message_sender_with_name_is_kept(settings):
    settings.DEFAULT_FROM_EMAIL = "The Secretariat <office@conference.example>"
    assert (
        send_and_build(queue_registration_email("confirmed", make_registration()))["From"]
        == "The Secretariat <office@conference.example>"
    )


def test_queue_registration_email_message_ids_differ():
    registration = make_registration()
    assert (
        queue_registration_email("changed", registration).message_id
        != queue_registration_email("changed", registration).message_id
    )


# Malicious names


@pytest.mark.parametrize("name", MALICIOUS_NAMES)
def test_name_malicious_is_neither_link_nor_markup_in_html(name):
    email = queue_email_to(name)
    assert set(link_urls(email.html)) == {f"{settings.SITE_URL}/my/"}
    assert re.findall(r"<(script|img|body onload)", email.html) == []
    [bdi] = re.findall(r"Dear <bdi>(.*?)</bdi>", email.html, re.DOTALL)
    assert "<" not in bdi
    assert not LINK_PATTERN.search(bdi)


@pytest.mark.parametrize("name", MALICIOUS_NAMES)
def test_name_malicious_is_no_link_in_text(name):
    email = queue_email_to(name)
    [greeting] = [line for line in email.text.splitlines() if line.startswith("Dear ")]
    assert not LINK_PATTERN.search(greeting)


@pytest.mark.parametrize("name", MALICIOUS_NAMES)
def test_name_malicious_adds_no_header(name):
    EmailTemplate.objects.create(email_type="confirmed", subject_en="For {name}")
    message = send_and_build(queue_email_to(name))
    assert message["Bcc"] is None
    assert message["To"].addresses[0].addr_spec.endswith("@example.org")
    assert not LINK_PATTERN.search(message["Subject"])
    assert "\n" not in message["Subject"]


@pytest.mark.parametrize("name", ["{my_link}", "{name}{name}", "{{7*7}}", "{% now %}", "{conference.__class__}"])
def test_name_with_placeholder_is_not_replaced(name):
    email = queue_email_to(name)
    assert name in email.text.replace(WORD_JOINER, "")


def test_name_in_other_scripts_is_kept():
    email = queue_email_to("Nguyễn Thị Ánh 王芳 فاطمة O’Brien-Müller")
    assert "Nguyễn Thị Ánh 王芳 فاطمة O’Brien-Müller" in email.text


def test_user_input_initials_look_unchanged():
    assert UserInput("J. R. R. Tolkien").to_text() == "J. R. R. Tolkien"
    assert UserInput("J.R.R. Tolkien").to_text().replace(WORD_JOINER, "") == "J.R.R. Tolkien"


def test_html_loads_no_external_resources():
    html = queue_email("confirmed", make_registration()).html
    assert re.findall(r"<(img|link|script|style|table|iframe)|url\(|src=", html) == []


# Organizers' templates


def test_email_template_replaces_default():
    EmailTemplate.objects.create(
        email_type="confirmed", subject_en="Come, {name}", body_en="You are **in**: [here]({my_link})."
    )
    email = queue_registration_email("confirmed", make_registration())
    assert email.subject == "Come, Linh"
    assert email.text.startswith(f"You are in: here: {settings.SITE_URL}/my/.")
    assert f'You are <strong>in</strong>: <a href="{settings.SITE_URL}/my/"' in email.html


def test_template_source_empty_language_uses_default():
    template = EmailTemplate.objects.create(email_type="confirmed", subject_en="Come", body_en="Come.")
    with translation.override("vi"):
        assert template_source("confirmed", template) == default_template("confirmed", "vi")


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/x.png)",
        '<a onclick="x">x</a>',
    ],
)
def test_email_template_markup_is_sanitized(body):
    EmailTemplate.objects.create(email_type="confirmed", body_en=body)
    html = queue_registration_email("confirmed", make_registration()).html
    assert re.findall(r'<script|<img|<a [^>]*onclick|href="javascript', html) == []


@pytest.mark.parametrize("body", ["[x]({name})", "[x](https://evil.example/{name})", '[x](https://a.example "{name}")'])
def test_render_template_user_input_in_url_is_removed(body):
    values = {"name": UserInput('javascript:alert(1)" onclick="x')}
    html = render_template("", body, values).html
    assert "javascript:" not in html.replace(f"javascript{WORD_JOINER}:", "")
    assert not re.search(r'<[^>]*"\s+onclick', html)


@pytest.mark.parametrize("braces", ["{nam}", "{name.__class__}", "{ name }", "{0}", "{}", "{{name}", "{name!r}"])
def test_render_template_unknown_placeholder_is_kept(braces):
    text = render_template("", f"Hello {braces}!", {"nothing": TrustedText("")}).text
    assert "Hello {" in text


def test_render_template_subject_is_one_short_line():
    rendered = render_template("A {note}", "", {"note": TrustedText("one\ntwo " + "x" * 500)})
    assert "\n" not in rendered.subject
    assert len(rendered.subject) <= 200


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
def test_render_template_markdown_as_plain_text(markdown, text):
    values = {"days": TextList(["x", "y"]), "link": SiteURL("https://a.example/")}
    assert render_template("", markdown, values).text == text


def test_sanitize_email_html_removes_styles_and_title():
    html = sanitize_email_html(queue_email("confirmed", make_registration()).html)
    assert "style=" not in html
    assert "<title" not in html
    assert "your registration is confirmed" not in html
    assert link_urls(html) == [f"{settings.SITE_URL}/my/"]


def test_sanitize_email_html_without_links_removes_them():
    assert "<a" not in sanitize_email_html(queue_email("confirmed", make_registration()).html, links=False)
