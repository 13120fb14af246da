"""The public page behind the QR code of a ticket: it says who issued the code, and nothing else."""

import datetime
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from conference.registration import workflow
from conference.registration.models import Entrance
from conference.registration.tickets import issuance

from ..users import admin_client_for, make_organizer
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, make_quota, make_registration

pytestmark = pytest.mark.usefixtures("conference")

ISSUED = "This code was issued by this site."
NOT_ISSUED = "This code was not issued by this site."


def make_code(**values):
    return issuance.encode_ticket(issuance.get_or_issue_ticket(make_registration(**values)))


def get_page(code, prefix=""):
    """Request the page as an anonymous visitor."""
    return Client().get(f"{prefix}/ticket/{code}/")


def make_codes():
    """Codes of a valid ticket and of tickets that are void, online only, cancelled and erased."""
    replaced = issuance.get_or_issue_ticket(make_registration())
    issuance.reissue_ticket(replaced.registration, None)
    cancelled, erased = make_registration(), make_registration()
    codes = [issuance.encode_ticket(issuance.get_or_issue_ticket(registration)) for registration in (cancelled, erased)]
    workflow.cancel_registration(cancelled, by=None)
    workflow.erase_user(erased.user)
    make_quota(TUESDAY, IN_PERSON, 0)
    waiting = make_code(days={MONDAY: ONLINE, TUESDAY: IN_PERSON})
    return [make_code(), issuance.encode_ticket(replaced), waiting, *codes]


def test_page_is_the_same_for_all_tickets_of_this_site():
    # The Expires header has the time in seconds.
    with time_machine.travel(datetime.datetime(2020, 11, 10, tzinfo=datetime.UTC), tick=False):
        responses = [(code, get_page(code)) for code in make_codes()]
    assert len({response.text.replace(code, "") for code, response in responses}) == 1
    assert len({str(dict(response.headers)) for _code, response in responses}) == 1
    assert ISSUED in responses[0][1].text
    assert "Only the check-in at the entrance decides" in responses[0][1].text


def test_page_reads_no_ticket(django_assert_num_queries):
    codes = [*make_codes(), "x"]
    get_page("x")
    for code in codes:
        with django_assert_num_queries(0):
            get_page(code)


def test_page_shows_nothing_about_person_and_days():
    page = get_page(make_code(badge_name="Nguyễn Thị Linh")).text
    for text in ("Linh", "Peace House", "Category", "Viet Nam", "In person", "7 December", "✓", "✗"):
        assert text not in page.partition("<main")[2].partition("</main")[0]


@pytest.mark.parametrize("code", ["x", "a" * 5000, "%F0%9F%92%A5", "%3Cscript%3E", "a.b"])
def test_page_of_another_code_says_that_this_site_did_not_issue_it(code):
    response = get_page(code)
    assert response.status_code == 200
    assert NOT_ISSUED in response.text
    assert ISSUED not in response.text
    assert "<script" not in response.text


def test_page_has_the_same_headers_for_codes_of_others():
    with time_machine.travel(datetime.datetime(2020, 11, 10, tzinfo=datetime.UTC), tick=False):
        own, other = get_page(make_code()), get_page("x")
    assert list(own.headers) == list(other.headers)
    assert {name for name in own.headers if own.headers[name] != other.headers[name]} <= {"Content-Length"}


def test_page_shows_the_answer_in_both_languages():
    code = make_code()
    assert re.search(rf'<h1 lang="en">{ISSUED}</h1>\s+<p [^>]*lang="vi">', get_page(code).text)
    assert re.search(rf'<h1 lang="vi">[^<]+</h1>\s+<p [^>]*lang="en">{ISSUED}</p>', get_page(code, "/vi").text)


def test_page_is_not_cached_indexed_or_sent_as_referrer():
    headers = get_page(make_code()).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "strict-origin"


def test_page_post_is_not_allowed(client):
    assert client.post("/ticket/x/").status_code == 405


def test_page_for_a_visitor_has_no_admin_link_or_form():
    page = get_page(make_code()).text
    assert "/admin/" not in page
    assert "Check in with this code" not in page


def test_page_for_a_registrar_links_to_the_registration():
    code = make_code()
    registration = issuance.find_ticket(code).registration
    client = admin_client_for(make_organizer("Registrars"))
    assert f"/admin/registration/registration/{registration.pk}/review/" in client.get(f"/ticket/{code}/").text
    assert "/review/" not in client.get("/ticket/x/").text


def test_page_for_an_operator_posts_the_code_to_the_check_in():
    code, scan_url = make_code(), reverse("check_in:scan")
    page = admin_client_for(make_organizer("Door staff")).get(f"/ticket/{code}/").text
    assert re.search(rf'<form [^>]*method="post" action="{scan_url}">', page)
    assert f'<input type="hidden" name="code" value="{code}">' in page
    assert f'href="{scan_url}' not in page


def test_code_of_the_page_is_kept_in_the_check_in_until_an_entrance_is_chosen():
    code, client = make_code(), admin_client_for(make_organizer("Door staff"))
    for name in ("Gate A", "Gate B"):
        Entrance.objects.create(name_en=name)
    page = client.post(reverse("check_in:scan"), {"code": code}).text
    assert f'value="{code}"' in page
    assert "Gate A" in page
