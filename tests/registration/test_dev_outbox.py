"""The development outbox."""

import re

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from conference.mail.models import QueuedEmail
from conference.registration.emails import queue_registration_email

from .. import factories
from ..settings_subprocess import read_setting
from .factories import make_registration

pytestmark = pytest.mark.usefixtures("published")


@pytest.fixture
def dev_outbox(settings):
    settings.DEV_OUTBOX = True


@pytest.fixture
def email():
    make_registration()
    return QueuedEmail.objects.get()


def test_outbox_without_setting_is_not_found(client, email):
    assert client.get("/dev/outbox/").status_code == 404
    assert client.get(f"/dev/outbox/{email.pk}/").status_code == 404


def test_outbox_lists_newest_email_first(dev_outbox, client, email):
    second = queue_registration_email("cancelled", email.user.registration)
    page = client.get("/dev/outbox/").text
    assert page.index(f"/dev/outbox/{second.pk}/") < page.index(f"/dev/outbox/{email.pk}/")
    assert email.to in page


def test_outbox_empty_shows_message(dev_outbox, client):
    assert "No e-mails yet." in client.get("/dev/outbox/").text


def test_outbox_number_of_queries_is_constant(dev_outbox, client, email, django_assert_max_num_queries):
    for _ in range(9):
        queue_registration_email("changed", email.user.registration)
    with django_assert_max_num_queries(1):
        client.get("/dev/outbox/")


def test_outbox_email_shows_text_and_html_without_styles(dev_outbox, client, email):
    page = client.get(f"/dev/outbox/{email.pk}/").text
    assert "your registration is confirmed" in page
    assert page.count(f'href="{settings.SITE_URL}/my/"') == 2
    assert "BEGIN:VCALENDAR" in page
    assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=|<img", page)


def test_outbox_email_files_are_downloaded(dev_outbox, client, email):
    page = client.get(f"/dev/outbox/{email.pk}/").text
    names = re.findall(rf'<a href="(/dev/outbox/{email.pk}/files/\d/)">([^<]+)</a>', page)
    assert [name for _url, name in names] == ["day-1.ics", "ticket.pdf"]
    calendar, ticket = (client.get(url) for url, _name in names)
    assert calendar.content.startswith(b"BEGIN:VCALENDAR")
    assert ticket.content.startswith(b"%PDF-")
    assert ticket.headers["Content-Disposition"] == 'attachment; filename="ticket.pdf"'
    assert client.get(f"/dev/outbox/{email.pk}/files/2/").status_code == 404


def test_outbox_email_file_without_setting_is_not_found(client, email):
    assert client.get(f"/dev/outbox/{email.pk}/files/0/").status_code == 404


def test_outbox_malicious_content_is_escaped(dev_outbox, client, email):
    QueuedEmail.objects.update(
        subject=factories.MALICIOUS_TEXT,
        text=factories.MALICIOUS_TEXT,
        html=f"<p onclick=x>{factories.MALICIOUS_TEXT}<img src=x></p>",
    )
    for page in ("/dev/outbox/", f"/dev/outbox/{email.pk}/"):
        assert not re.search(r"<script|<img|\son[a-z]+=", client.get(page).text)


def test_outbox_email_deleted_text_shows_message(dev_outbox, client, email):
    QueuedEmail.objects.update(text="", html="")
    assert "was deleted because it contained a code" in client.get(f"/dev/outbox/{email.pk}/").text


@pytest.mark.parametrize(
    "path", ["/dev/outbox/00000000-0000-4000-8000-000000000000/", "/dev/outbox/1/", "/dev/outbox/x/"]
)
def test_outbox_email_unknown_id_is_not_found(dev_outbox, client, path):
    assert client.get(path).status_code == 404


def test_outbox_is_not_cached(dev_outbox, client, email):
    for page in ("/dev/outbox/", f"/dev/outbox/{email.pk}/"):
        assert "no-store" in client.get(page).headers["Cache-Control"]


def test_outbox_email_in_vietnamese_is_found(dev_outbox, client, email):
    assert client.get(f"/vi/dev/outbox/{email.pk}/").status_code == 200


def test_outbox_hint_is_shown_only_with_setting(settings):
    assert render_to_string("registration/_dev_outbox_hint.html").strip() == ""
    settings.DEV_OUTBOX = True
    assert 'href="/dev/outbox/"' in render_to_string("registration/_dev_outbox_hint.html")


# Settings


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "is_on"),
    [
        ({"DEV_OUTBOX": "true", "SITE_URL": "http://127.0.0.1:8000"}, True),
        ({"SITE_URL": "http://127.0.0.1:8000"}, False),
        *(
            ({"DEV_OUTBOX": "true", "SITE_URL": url, "EMAIL_URL": "smtp://mail.example:25"}, False)
            for url in (
                "http://localhost:1",
                "https://conference.example",
                "http://conference.example",
                "https://[::1]",
            )
        ),
    ],
)
def test_dev_outbox_setting_requires_local_site_without_mail_server(environment, is_on):
    assert read_setting("DEV_OUTBOX", environment) == str(is_on)
    otherwise = "smtp" if "EMAIL_URL" in environment else "console"
    backend = f"django.core.mail.backends.{'dummy' if is_on else otherwise}.EmailBackend"
    assert read_setting("EMAIL_BACKEND", environment) == backend
