"""Letters at the organizers' desk: what became of them, sending them again, and how they are worded."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from conference.mail import sender
from conference.mail.models import EmailTemplate, QueuedEmail
from conference.mail.outbox import queue_account_email
from conference.registration.admin.email_templates import placeholder_errors
from conference.registration.email_types import EMAIL_TYPES, placeholders_for
from conference.registration.emails import default_template, queue_registration_email

from .. import factories
from ..users import admin_client_for, count_queries, form_errors, make_organizer, make_superuser
from .factories import make_attendee, make_registration

pytestmark = pytest.mark.usefixtures("published")

LETTERS = "/admin/mail/queuedemail/"
WORDINGS = "/admin/mail/emailtemplate/"
State = QueuedEmail.Status


@pytest.fixture
def desk():
    return admin_client_for(make_superuser())


@pytest.fixture
def letter():
    make_registration()
    return QueuedEmail.objects.get()


def allowed(*names):
    """An organizer at the desk with these permissions and no others."""
    organizer = make_organizer()
    organizer.user_permissions.set(Permission.objects.filter(codename__in=names))
    return admin_client_for(organizer)


def send_again(client, *letters):
    data = {"action": "requeue_selected", "_selected_action": [letter.pk for letter in letters]}
    return client.post(LETTERS, data, follow=True)


# Letters


def test_list_says_to_whom_what_and_what_became_of_it(desk, letter):
    QueuedEmail.objects.update(status=State.FAILED, attempts=3, error="550 no such mailbox")
    page = desk.get(LETTERS).text
    for words in (letter.to, "Confirmed", "Failed", "550 no such mailbox"):
        assert words in page


def test_list_is_narrowed_by_state_and_kind_and_searched_by_address(desk, letter):
    other = queue_registration_email("cancelled", make_registration())
    for query in (f"?kind={other.email_type}", f"?q={other.to}"):
        page = desk.get(LETTERS + query).text
        assert f"{LETTERS}{other.pk}/" in page
        assert f"{LETTERS}{letter.pk}/" not in page
    assert "0 e-mails" in desk.get(f"{LETTERS}?state__exact=sent").text


def test_list_costs_as_much_for_many_letters_as_for_one(desk, letter):
    one = count_queries(desk, LETTERS)
    for _ in range(9):
        queue_registration_email("changed", letter.registration)
    assert count_queries(desk, LETTERS) == one


def test_letter_shows_its_text_its_html_without_links_and_its_file(desk, letter):
    page = desk.get(f"{LETTERS}{letter.pk}/change/").text
    assert "is confirmed. Your days are:" in page
    assert "BEGIN:VCALENDAR" in page
    assert 'href="http://127.0.0.1:8000/my/"' not in page


def test_hostile_letter_is_text_at_the_desk(desk, letter):
    QueuedEmail.objects.update(
        subject=factories.MALICIOUS_TEXT,
        text=factories.MALICIOUS_TEXT,
        html="<p onclick=x><img src=x><script>alert(1)</script></p>",
        error="<b>",
    )
    for page in (LETTERS, f"{LETTERS}{letter.pk}/change/"):
        assert not re.search(r'<script>alert|<img src="?x|onclick=x', desk.get(page).text)


def test_code_is_not_shown(desk):
    letter = queue_account_email(
        "a@example.org",
        "A code",
        "It is 12345678.",
        "<p>12345678</p>",
        user=make_attendee(),
        language="en",
        is_secret=True,
    )
    page = desk.get(f"{LETTERS}{letter.pk}/change/").text
    assert "12345678" not in page
    assert "it contains a code" in page


@pytest.mark.parametrize("page", ["add/", "{}/delete/"])
def test_letters_are_neither_written_nor_deleted_at_the_desk(desk, letter, page):
    assert desk.post(LETTERS + page.format(letter.pk), {"post": "yes"}).status_code == 403
    assert QueuedEmail.objects.count() == 1


def test_letter_is_not_changed_at_the_desk(desk, letter):
    desk.post(f"{LETTERS}{letter.pk}/change/", {"to": "evil@evil.example"})
    assert QueuedEmail.objects.get().to == letter.to


def test_letters_that_were_sent_or_given_up_are_sent_again(desk, letter):
    sender.send_pending()
    failed = queue_registration_email("cancelled", letter.registration)
    QueuedEmail.objects.filter(pk=failed.pk).update(status=State.FAILED)
    assert "2 e-mails were queued again." in send_again(desk, letter, failed).text
    assert set(QueuedEmail.objects.values_list("status", flat=True)) == {State.QUEUED}


def test_letter_that_still_waits_is_not_sent_again(desk, letter):
    page = send_again(desk, letter).text
    assert "1 e-mail was not queued" in page
    assert QueuedEmail.objects.get().message_id == letter.message_id


def test_who_may_only_look_cannot_send_again(letter):
    sender.send_pending()
    client = allowed("view_letter")
    assert client.get(LETTERS).status_code == 200
    assert "Send again" not in client.get(LETTERS).text
    send_again(client, letter)
    assert QueuedEmail.objects.get().status == State.SENT


def test_who_may_resend_does_not_need_more(letter):
    sender.send_pending()
    send_again(allowed("view_letter", "resend"), letter)
    assert QueuedEmail.objects.get().status == State.QUEUED


def test_letters_are_nobody_elses_to_read(letter):
    client = allowed("view_session")
    assert client.get(LETTERS).status_code == 403
    assert client.get(f"{LETTERS}{letter.pk}/change/").status_code == 403


@pytest.mark.parametrize("query", ["?kind=x", "?state__exact=x", "?q=%00", "?p=9999", "?e=1", "?o=9.9"])
def test_strange_questions_to_the_list_are_no_errors(desk, letter, query):
    assert desk.get(LETTERS + query).status_code < 500


# Wordings


@pytest.fixture
def wording(desk):
    """The row about letters of confirmation, made by the first look at the list."""
    desk.get(WORDINGS)
    return EmailTemplate.objects.get(email_type="confirmed")


def page_of(wording):
    return reverse("admin:mail_emailtemplate_change", args=[wording.pk])


def typed(client, wording, **changes):
    """What a browser would send of the form, with changes."""
    form = client.get(page_of(wording)).context["adminform"].build_form
    token = client.get(page_of(wording)).context["token"]
    return (
        {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields} | {"token": token} | changes
    )


def save(client, wording, **changes):
    return client.post(page_of(wording), typed(client, wording, **changes), follow=True)


def preview(client, wording, **changes):
    return client.post(f"{WORDINGS}{wording.pk}/preview/", typed(client, wording, **changes))


def test_there_is_a_row_for_each_kind(desk):
    page = desk.get(WORDINGS).text
    assert {row.email_type for row in EmailTemplate.objects.all()} == EMAIL_TYPES.keys()
    assert "Seat offered" in page
    desk.get(WORDINGS)
    assert EmailTemplate.objects.count() == len(EMAIL_TYPES)


def test_form_begins_with_the_sites_own_words(desk, wording):
    shown = typed(desk, wording)
    assert (shown["subject_en"], shown["body_en"]) == default_template("confirmed", "en")
    assert (shown["subject_vi"], shown["body_vi"]) == default_template("confirmed", "vi")


def test_saving_the_sites_own_words_keeps_them_the_sites(desk, wording):
    save(desk, wording)
    wording.refresh_from_db()
    assert (wording.subject_en, wording.body_en, wording.subject_vi, wording.body_vi) == ("", "", "", "")


def test_organizers_words_are_kept_and_used(desk, wording):
    save(desk, wording, subject_en="Welcome, {name}")
    assert queue_registration_email("confirmed", make_registration()).subject == "Welcome, Linh"
    assert "customized" in desk.get(WORDINGS).text


def test_back_to_the_sites_own_wording_with_one_click(desk, wording):
    save(desk, wording, subject_en="Welcome", body_vi="Chào")
    save(desk, wording, subject_en="Something {broken}", _reset="1")
    wording.refresh_from_db()
    assert (wording.subject_en, wording.body_vi) == ("", "")


def test_emptied_words_are_the_sites_again(desk, wording):
    save(desk, wording, subject_en="Welcome")
    save(desk, wording, subject_en="")
    wording.refresh_from_db()
    assert wording.subject_en == ""


@pytest.mark.parametrize("found", ["{nam}", "{name.__class__}", "{name.__init__.__globals__}", "{ name }", "{0}", "{}"])
def test_what_cannot_be_filled_in_is_refused_and_what_can_is_named(desk, wording, found):
    response = save(desk, wording, body_en=f"Hello {found}.")
    [message] = form_errors(response)["body_en"]
    assert found in message
    assert "{name}, {conference}" in message
    assert f"Hello {found}." in response.text
    wording.refresh_from_db()
    assert wording.body_en == ""


def test_what_belongs_to_another_kind_of_letter_is_refused(desk, wording):
    assert "body_en" in form_errors(save(desk, wording, body_en="Until {deadline}."))


def test_name_is_refused_as_where_a_link_leads():
    [message] = placeholder_errors("confirmed", "[x](https://a.example/{name})")
    assert "{name} is not a web address" in message
    assert not list(placeholder_errors("confirmed", "[x]({my_link}) {name}"))


@pytest.mark.parametrize("kind", EMAIL_TYPES)
def test_sites_own_words_are_accepted_by_the_form(kind):
    for language in ("en", "vi"):
        assert not list(placeholder_errors(kind, "\n".join(default_template(kind, language))))


@pytest.mark.parametrize("kind", EMAIL_TYPES)
def test_form_lists_what_can_be_filled_in(desk, wording, kind):
    page = desk.get(page_of(EmailTemplate.objects.get(email_type=kind))).text
    for name in placeholders_for(kind):
        assert f"<code>{{{name}}}</code>" in page


@pytest.mark.parametrize("kind", EMAIL_TYPES)
def test_preview_shows_both_languages_and_saves_nothing(desk, wording, kind):
    row = EmailTemplate.objects.get(email_type=kind)
    page = preview(desk, row, subject_en="Only a try").text
    assert "Only a try" in page
    assert "Kính gửi" in page
    assert "{my_link}" in page
    row.refresh_from_db()
    assert row.subject_en == ""


def test_preview_makes_nothing_of_a_hostile_name(desk, wording):
    page = preview(desk, wording, body_en="Dear {name}\n\n<script>x</script> [x](javascript:alert(1))").text
    assert "evil.example" not in page
    assert not re.search(r"<script>x|<b>&quot;|javascript:alert\(1\)\"", page)


def test_preview_says_what_cannot_be_filled_in(desk, wording):
    assert "{nam} is not a valid placeholder" in preview(desk, wording, body_en="Dear {nam}").text


def test_preview_is_asked_for_by_the_form_alone(desk, wording):
    assert desk.get(f"{WORDINGS}{wording.pk}/preview/").status_code == 405
    assert desk.post(f"{WORDINGS}999999/preview/").status_code == 404


def test_who_may_only_look_at_wordings_sees_no_preview(desk, wording):
    client = allowed("view_lettertext")
    assert client.get(page_of(wording)).status_code == 200
    assert client.post(f"{WORDINGS}{wording.pk}/preview/", {"body_en": "x"}).status_code == 403


def test_of_two_who_word_a_letter_at_once_the_second_is_told(desk, wording):
    theirs = typed(desk, wording, subject_en="Theirs")
    mine = typed(desk, wording, subject_en="Mine")
    desk.post(page_of(wording), theirs)
    response = desk.post(page_of(wording), mine)
    assert "another person changed this entry" in response.text
    wording.refresh_from_db()
    assert wording.subject_en == "Theirs"


def test_wording_can_be_set_back_to_how_it_was(desk, wording):
    save(desk, wording, subject_en="First")
    save(desk, wording, subject_en="Second")
    history = desk.get(f"{WORDINGS}{wording.pk}/history/").text
    first = re.findall(rf"{WORDINGS}{wording.pk}/history/\d+/", history)[-1]
    token = desk.get(first).context["token"]
    desk.post(first, {"token": token})
    wording.refresh_from_db()
    assert wording.subject_en == "First"


@pytest.mark.parametrize("page", ["add/", "{}/delete/"])
def test_wordings_are_neither_added_nor_deleted(desk, wording, page):
    assert desk.post(WORDINGS + page.format(wording.pk), {"post": "yes"}).status_code == 403
