"""Admin of e-mails and e-mail templates."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from conference.mail import sender
from conference.mail.models import EmailTemplate, QueuedEmail
from conference.mail.outbox import queue_account_email
from conference.registration.admin.email_templates import placeholder_errors
from conference.registration.emails import queue_registration_email
from conference.registration.emails.messages import default_template
from conference.registration.emails.types import EMAIL_TYPES, placeholders_for

from .. import factories
from ..users import admin_client_for, count_queries, form_errors, make_organizer, make_superuser
from .factories import make_attendee, make_registration

pytestmark = pytest.mark.usefixtures("published")

EMAILS_URL = "/admin/mail/queuedemail/"
TEMPLATES_URL = "/admin/mail/emailtemplate/"
Status = QueuedEmail.Status


@pytest.fixture
def superuser_client():
    return admin_client_for(make_superuser())


@pytest.fixture
def email():
    make_registration()
    return QueuedEmail.objects.get()


def client_with_permissions(*names):
    """A client of an organizer with only these permissions."""
    organizer = make_organizer()
    organizer.user_permissions.set(Permission.objects.filter(codename__in=names))
    return admin_client_for(organizer)


def post_requeue(client, *emails):
    data = {"action": "requeue_selected", "_selected_action": [email.pk for email in emails]}
    return client.post(EMAILS_URL, data, follow=True)


# E-mails


def test_email_list_shows_recipient_type_status_and_error(superuser_client, email):
    QueuedEmail.objects.update(status=Status.FAILED, attempts=3, error="550 no such mailbox")
    page = superuser_client.get(EMAILS_URL).text
    for text in (email.to, "Confirmed", "Failed", "550 no such mailbox"):
        assert text in page


def test_email_list_filters_and_search(superuser_client, email):
    other = queue_registration_email("cancelled", make_registration())
    for query in (f"?email_type={other.email_type}", f"?q={other.to}"):
        page = superuser_client.get(EMAILS_URL + query).text
        assert f"{EMAILS_URL}{other.pk}/" in page
        assert f"{EMAILS_URL}{email.pk}/" not in page
    assert "0 e-mails" in superuser_client.get(f"{EMAILS_URL}?status__exact=sent").text


def test_email_list_number_of_queries_is_constant(superuser_client, email):
    one = count_queries(superuser_client, EMAILS_URL)
    for _ in range(9):
        queue_registration_email("changed", email.user.registration)
    assert count_queries(superuser_client, EMAILS_URL) == one


def test_email_detail_shows_content_without_links(superuser_client, email):
    page = superuser_client.get(f"{EMAILS_URL}{email.pk}/change/").text
    assert "is confirmed. Your days are:" in page
    assert "BEGIN:VCALENDAR" in page
    assert 'href="http://127.0.0.1:8000/my/"' not in page


def test_email_detail_malicious_content_is_escaped(superuser_client, email):
    QueuedEmail.objects.update(
        subject=factories.MALICIOUS_TEXT,
        text=factories.MALICIOUS_TEXT,
        html="<p onclick=x><img src=x><script>alert(1)</script></p>",
        error="<b>",
    )
    for page in (EMAILS_URL, f"{EMAILS_URL}{email.pk}/change/"):
        assert not re.search(r'<script>alert|<img src="?x|onclick=x', superuser_client.get(page).text)


def test_email_detail_secret_content_is_hidden(superuser_client):
    email = queue_account_email(
        "a@example.org",
        "A code",
        "It is 12345678.",
        "<p>12345678</p>",
        user=make_attendee(),
        language="en",
        is_secret=True,
    )
    page = superuser_client.get(f"{EMAILS_URL}{email.pk}/change/").text
    assert "12345678" not in page
    assert "it contains a code" in page


@pytest.mark.parametrize("page", ["add/", "{}/delete/"])
def test_email_add_and_delete_are_forbidden(superuser_client, email, page):
    assert superuser_client.post(EMAILS_URL + page.format(email.pk), {"post": "yes"}).status_code == 403
    assert QueuedEmail.objects.count() == 1


def test_email_change_has_no_effect(superuser_client, email):
    superuser_client.post(f"{EMAILS_URL}{email.pk}/change/", {"to": "evil@evil.example"})
    assert QueuedEmail.objects.get().to == email.to


def test_requeue_action_sent_and_failed_emails_are_queued(superuser_client, email):
    sender.send_pending()
    failed = queue_registration_email("cancelled", email.user.registration)
    QueuedEmail.objects.filter(pk=failed.pk).update(status=Status.FAILED)
    assert "2 e-mails were queued again." in post_requeue(superuser_client, email, failed).text
    assert set(QueuedEmail.objects.values_list("status", flat=True)) == {Status.QUEUED}


def test_requeue_action_queued_email_is_skipped(superuser_client, email):
    page = post_requeue(superuser_client, email).text
    assert "1 e-mail was not queued" in page
    assert QueuedEmail.objects.get().message_id == email.message_id


def test_requeue_action_without_permission_has_no_effect(email):
    sender.send_pending()
    client = client_with_permissions("view_queuedemail")
    assert client.get(EMAILS_URL).status_code == 200
    assert "Send again" not in client.get(EMAILS_URL).text
    post_requeue(client, email)
    assert QueuedEmail.objects.get().status == Status.SENT


def test_requeue_action_with_resend_permission_is_allowed(email):
    sender.send_pending()
    post_requeue(client_with_permissions("view_queuedemail", "resend"), email)
    assert QueuedEmail.objects.get().status == Status.QUEUED


def test_email_pages_without_permission_are_forbidden(email):
    client = client_with_permissions("view_session")
    assert client.get(EMAILS_URL).status_code == 403
    assert client.get(f"{EMAILS_URL}{email.pk}/change/").status_code == 403


@pytest.mark.parametrize("query", ["?email_type=x", "?status__exact=x", "?q=%00", "?p=9999", "?e=1", "?o=9.9"])
def test_email_list_invalid_query_is_no_server_error(superuser_client, email, query):
    assert superuser_client.get(EMAILS_URL + query).status_code < 500


# Templates


@pytest.fixture
def template(superuser_client):
    """The template of confirmations, which the list creates."""
    superuser_client.get(TEMPLATES_URL)
    return EmailTemplate.objects.get(email_type="confirmed")


def change_url(template):
    return reverse("admin:mail_emailtemplate_change", args=[template.pk])


def form_data(client, template, **changes):
    """Data of the form as rendered, with changes."""
    form = client.get(change_url(template)).context["adminform"].form
    token = client.get(change_url(template)).context["token"]
    return (
        {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields} | {"token": token} | changes
    )


def post_form(client, template, **changes):
    return client.post(change_url(template), form_data(client, template, **changes), follow=True)


def post_preview(client, template, **changes):
    return client.post(f"{TEMPLATES_URL}{template.pk}/preview/", form_data(client, template, **changes))


def test_template_list_has_each_type(superuser_client):
    page = superuser_client.get(TEMPLATES_URL).text
    assert {template.email_type for template in EmailTemplate.objects.all()} == EMAIL_TYPES.keys()
    assert "Seat offered" in page
    superuser_client.get(TEMPLATES_URL)
    assert EmailTemplate.objects.count() == len(EMAIL_TYPES)


def test_template_form_initial_values_are_default_template(superuser_client, template):
    data = form_data(superuser_client, template)
    assert (data["subject_en"], data["body_en"]) == default_template("confirmed", "en")
    assert (data["subject_vi"], data["body_vi"]) == default_template("confirmed", "vi")


def test_template_form_default_text_is_not_stored(superuser_client, template):
    post_form(superuser_client, template)
    template.refresh_from_db()
    assert (template.subject_en, template.body_en, template.subject_vi, template.body_vi) == ("", "", "", "")


def test_template_form_custom_subject_is_used(superuser_client, template):
    post_form(superuser_client, template, subject_en="Welcome, {name}")
    assert queue_registration_email("confirmed", make_registration()).subject == "Welcome, Linh"
    assert "customized" in superuser_client.get(TEMPLATES_URL).text


@pytest.mark.slow
def test_template_form_reset_button_restores_default(superuser_client, template):
    post_form(superuser_client, template, subject_en="Welcome", body_vi="Chào")
    post_form(superuser_client, template, subject_en="Something {broken}", _reset="1")
    template.refresh_from_db()
    assert (template.subject_en, template.body_vi) == ("", "")


@pytest.mark.slow
def test_template_form_empty_text_restores_default(superuser_client, template):
    post_form(superuser_client, template, subject_en="Welcome")
    post_form(superuser_client, template, subject_en="")
    template.refresh_from_db()
    assert template.subject_en == ""


@pytest.mark.parametrize(
    "braces", ["{nam}", "{name.__class__}", "{name.__init__.__globals__}", "{ name }", "{0}", "{}"]
)
def test_template_form_unknown_placeholder_shows_error_with_known_ones(superuser_client, template, braces):
    response = post_form(superuser_client, template, body_en=f"Hello {braces}.")
    [message] = form_errors(response)["body_en"]
    assert braces in message
    assert "{name}, {conference}" in message
    assert f"Hello {braces}." in response.text
    template.refresh_from_db()
    assert template.body_en == ""


def test_template_form_placeholder_of_other_type_shows_error(superuser_client, template):
    assert "body_en" in form_errors(post_form(superuser_client, template, body_en="Until {deadline}."))


def test_placeholder_errors_name_as_url_is_rejected():
    [message] = placeholder_errors("confirmed", "[x](https://a.example/{name})")
    assert "{name} is not a web address" in message
    assert not list(placeholder_errors("confirmed", "[x]({my_link}) {name}"))


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
def test_placeholder_errors_default_templates_are_valid(email_type):
    for language in ("en", "vi"):
        assert not list(placeholder_errors(email_type, "\n".join(default_template(email_type, language))))


@pytest.mark.parametrize("email_type", EMAIL_TYPES)
def test_template_form_lists_placeholders(superuser_client, template, email_type):
    page = superuser_client.get(change_url(EmailTemplate.objects.get(email_type=email_type))).text
    for name in placeholders_for(email_type):
        assert f"<code>{{{name}}}</code>" in page


@pytest.mark.slow
@pytest.mark.parametrize("email_type", EMAIL_TYPES)
def test_preview_shows_both_languages_and_saves_nothing(superuser_client, template, email_type):
    template = EmailTemplate.objects.get(email_type=email_type)
    page = post_preview(superuser_client, template, subject_en="Only a try").text
    assert "Only a try" in page
    assert "Kính gửi" in page
    # A name that looks like a placeholder is shown as it is.
    assert ("{my_link}" in page) == ("name" in placeholders_for(email_type))
    template.refresh_from_db()
    assert template.subject_en == ""


def test_preview_malicious_input_is_escaped(superuser_client, template):
    page = post_preview(
        superuser_client, template, body_en="Dear {name}\n\n<script>x</script> [x](javascript:alert(1))"
    ).text
    assert "evil.example" not in page
    assert not re.search(r"<script>x|<b>&quot;|javascript:alert\(1\)\"", page)


def test_preview_unknown_placeholder_shows_error(superuser_client, template):
    assert "{nam} is not a valid placeholder" in post_preview(superuser_client, template, body_en="Dear {nam}").text


def test_preview_requires_post_and_existing_template(superuser_client, template):
    assert superuser_client.get(f"{TEMPLATES_URL}{template.pk}/preview/").status_code == 405
    assert superuser_client.post(f"{TEMPLATES_URL}999999/preview/").status_code == 404


def test_preview_with_view_permission_only_is_forbidden(superuser_client, template):
    client = client_with_permissions("view_emailtemplate")
    assert client.get(change_url(template)).status_code == 200
    assert client.post(f"{TEMPLATES_URL}{template.pk}/preview/", {"body_en": "x"}).status_code == 403


def test_template_form_concurrent_change_shows_error(superuser_client, template):
    theirs = form_data(superuser_client, template, subject_en="Theirs")
    mine = form_data(superuser_client, template, subject_en="Mine")
    superuser_client.post(change_url(template), theirs)
    response = superuser_client.post(change_url(template), mine)
    assert "another person changed this entry" in response.text
    template.refresh_from_db()
    assert template.subject_en == "Theirs"


@pytest.mark.slow
def test_template_history_restores_earlier_version(superuser_client, template):
    post_form(superuser_client, template, subject_en="First")
    post_form(superuser_client, template, subject_en="Second")
    history = superuser_client.get(f"{TEMPLATES_URL}{template.pk}/history/").text
    first = re.findall(rf"{TEMPLATES_URL}{template.pk}/history/\d+/", history)[-1]
    token = superuser_client.get(first).context["token"]
    superuser_client.post(first, {"token": token})
    template.refresh_from_db()
    assert template.subject_en == "First"


@pytest.mark.parametrize("page", ["add/", "{}/delete/"])
def test_template_add_and_delete_are_forbidden(superuser_client, template, page):
    assert superuser_client.post(TEMPLATES_URL + page.format(template.pk), {"post": "yes"}).status_code == 403
