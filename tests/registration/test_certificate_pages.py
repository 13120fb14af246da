"""The public verification of certificates: what it shows, and to whom."""

import pytest
import time_machine
from django.core.cache import cache

from conference.registration.certificates.codes import format_code, make_code
from conference.registration.certificates.issuance import get_or_issue_certificate, verification_url

from ..factories import MALICIOUS_TEXT, december, reload_site
from .factories import MONDAY, ONLINE, TUESDAY, make_check_in, make_online_attendance, make_registration

pytestmark = pytest.mark.usefixtures("conference")
FORM = "/certificates/"


@pytest.fixture
def certificate():
    """The certificate of Nguyen Thi Linh for Monday in person and Tuesday online, after the event."""
    cache.clear()
    reload_site()
    registration = make_registration(
        days={MONDAY: ONLINE, TUESDAY: ONLINE}, badge_name="Linh from the badge", organization="Secret organization"
    )
    make_check_in(registration)
    make_online_attendance(registration, TUESDAY)
    with time_machine.travel(december(10, 9), tick=False):
        yield get_or_issue_certificate(registration)


def get_page(client, code, prefix=""):
    return client.get(f"{prefix}{FORM}{code}/")


def test_valid_code_shows_what_the_certificate_says_and_nothing_else(client, certificate):
    page = get_page(client, format_code(certificate.code)).text
    shown = ["Valid certificate", "Nguyen Thi Linh", "Monday, 7 December 2020: In person", "10 December 2020"]
    shown += ["Thứ Ba, ngày 8 tháng 12 năm 2020", format_code(certificate.code)]
    assert [text for text in shown if text not in page] == []
    hidden = ["Linh from the badge", "Secret organization", certificate.registration.email]
    assert [text for text in hidden if text in page] == []


def test_pages_in_vietnamese(client, certificate):
    page = get_page(client, certificate.code, "/vi").text
    assert 'lang="en">Valid certificate' in page
    assert "<h1>Giấy chứng nhận hợp lệ</h1>" in page


def test_answers_are_neither_cached_nor_indexed_nor_set_cookies(client, certificate):
    for path in (FORM, f"{FORM}{certificate.code}/", f"{FORM}nothing/"):
        response = client.get(path)
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert not response.cookies
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_unknown_malformed_and_replaced_codes_get_the_same_answer(client, certificate):
    certificate.registration.check_ins.update(undone_at=december(10, 9))
    answers = set()
    for code in (make_code(), certificate.code, format_code(make_code())):
        response = get_page(client, code)
        headers = {name: value for name, value in response.items() if name != "Content-Length"}
        answers.add((response.status_code, response.text.replace(code, ""), str(headers)))
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    assert "No valid certificate with this code" in get_page(client, "nothing").text


@pytest.mark.parametrize("code", ["x" * 3000, "%F0%9F%98%80", "..%2F..", "'; DROP TABLE--"])
def test_strange_codes_get_the_page_of_unknown_ones(client, certificate, code):
    assert get_page(client, code).status_code == 404


@pytest.mark.parametrize("language", ["", "/vi"])
def test_form_leads_to_the_page_of_the_code(client, certificate, language):
    typed = format_code(certificate.code).lower().replace("-", " ")
    response = client.get(f"{language}{FORM}", {"code": typed}, follow=True)
    assert response.redirect_chain == [(f"{language}{FORM}{format_code(certificate.code)}/", 302)]
    assert response.status_code == 200


@pytest.mark.parametrize("typed", ["", "   ", "ABCDE", MALICIOUS_TEXT, "0" * 300])
def test_form_keeps_what_was_typed_and_explains(client, typed):
    response = client.get(FORM, {"code": typed})
    assert (response.status_code, "<title>Error: Verify a certificate" in response.text) == (200, True)
    assert "errorlist" in response.text
    assert typed.strip() != "ABCDE" or 'value="ABCDE"' in response.text


def test_verification_is_limited_per_client(client, certificate, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"certificate": "2/m/ip"}
    assert [get_page(client, certificate.code).status_code for _ in range(3)] == [200, 200, 429]


def test_printed_address_is_the_same_in_every_language(certificate, settings):
    assert verification_url(certificate) == f"{settings.SITE_URL}/certificates/{format_code(certificate.code)}/"


def test_page_takes_a_fixed_number_of_queries(client, certificate, django_assert_max_num_queries):
    get_page(client, certificate.code)
    for day in (7, 8, 9):
        make_check_in(certificate.registration, MONDAY.replace(day=day))
    with django_assert_max_num_queries(4):
        get_page(client, certificate.code)
