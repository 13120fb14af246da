"""Letters read in the browser: on a site that runs on one machine, and nowhere else."""

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
def here(settings):
    """A site as quickstart serves it."""
    settings.DEV_OUTBOX = True


@pytest.fixture
def letter():
    make_registration()
    return QueuedEmail.objects.get()


def test_nobody_reads_letters_elsewhere(client, letter):
    assert client.get("/letters/").status_code == 404
    assert client.get(f"/letters/{letter.pk}/").status_code == 404


def test_letters_are_listed_the_newest_first(here, client, letter):
    second = queue_registration_email("cancelled", letter.registration)
    page = client.get("/letters/").text
    assert page.index(f"/letters/{second.pk}/") < page.index(f"/letters/{letter.pk}/")
    assert letter.to in page


def test_where_there_is_no_letter_the_list_says_so(here, client):
    assert "No e-mails yet." in client.get("/letters/").text


def test_list_asks_as_often_for_many_letters_as_for_one(here, client, letter, django_assert_max_num_queries):
    for _ in range(9):
        queue_registration_email("changed", letter.registration)
    with django_assert_max_num_queries(1):
        client.get("/letters/")


def test_letter_is_shown_as_text_and_as_html_in_the_sites_own_looks(here, client, letter):
    page = client.get(f"/letters/{letter.pk}/").text
    assert "your registration is confirmed" in page
    assert page.count(f'href="{settings.SITE_URL}/my/"') == 2
    assert "BEGIN:VCALENDAR" in page
    assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=|<img", page)


def test_hostile_letter_is_shown_as_text(here, client, letter):
    QueuedEmail.objects.update(
        subject=factories.MALICIOUS_TEXT,
        text=factories.MALICIOUS_TEXT,
        html=f"<p onclick=x>{factories.MALICIOUS_TEXT}<img src=x></p>",
    )
    for page in ("/letters/", f"/letters/{letter.pk}/"):
        assert not re.search(r"<script|<img|\son[a-z]+=", client.get(page).text)


def test_wiped_letter_says_so(here, client, letter):
    QueuedEmail.objects.update(text="", html="")
    assert "was deleted because it contained a code" in client.get(f"/letters/{letter.pk}/").text


@pytest.mark.parametrize("path", ["/letters/00000000-0000-4000-8000-000000000000/", "/letters/1/", "/letters/x/"])
def test_letter_that_is_none_is_not_found(here, client, path):
    assert client.get(path).status_code == 404


def test_letters_are_kept_by_nobody(here, client, letter):
    for page in ("/letters/", f"/letters/{letter.pk}/"):
        assert "no-store" in client.get(page).headers["Cache-Control"]


def test_pages_exist_in_vietnamese(here, client, letter):
    assert client.get(f"/vi/letters/{letter.pk}/").status_code == 200


def test_hint_shows_where_letters_can_be_read_and_nowhere_else(settings):
    assert render_to_string("registration/_dev_outbox_hint.html").strip() == ""
    settings.DEV_OUTBOX = True
    assert 'href="/letters/"' in render_to_string("registration/_dev_outbox_hint.html")


# When settings allow it


@pytest.mark.parametrize(
    ("environment", "here"),
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
def test_letters_are_in_the_browser_only_on_this_machine_and_without_a_mail_server(environment, here):
    assert read_setting("DEV_OUTBOX", environment) == str(here)
    otherwise = "smtp" if "EMAIL_URL" in environment else "console"
    backend = f"django.core.mail.backends.{'dummy' if here else otherwise}.EmailBackend"
    assert read_setting("EMAIL_BACKEND", environment) == backend
