"""Admin of the conference, its pages, partners and announcements."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from conference import site_data
from conference.core.admin.model_admin import get_version_token
from conference.models import Announcement, Conference, Page, Partner

from .. import factories
from ..users import (
    admin_client_for,
    count_queries,
    form_errors,
    make_announcement,
    make_organizer,
    make_page,
    make_partner,
    make_superuser,
)

MALICIOUS_NAME = '"><img src=x onerror=1>'
CONFERENCE = "/admin/conference/conference/1/change/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def communications_client(conference):
    return admin_client_for(make_organizer("Communications"))


def conference_data(**changes):
    """Return valid POST data of the conference form."""
    data = {
        "name_en": "Women and Peace",
        "short_name_en": "WPS",
        "starts_on": "2020-12-07",
        "ends_on": "2020-12-09",
        "time_zone": "Asia/Ho_Chi_Minh",
        "city_en": "Ha Noi",
        "country": "VN",
        "token": get_version_token(Conference.objects.get()),
    }
    return data | changes


@pytest.mark.parametrize("model", ["page", "partner", "announcement"])
@pytest.mark.parametrize("language", ["", "/vi"])
@pytest.mark.parametrize("page", ["", "add/"])
def test_admin_page_opens_in_both_languages(communications_client, model, language, page):
    assert communications_client.get(f"{language}/admin/conference/{model}/{page}").status_code == 200


@pytest.mark.parametrize(
    ("model", "make"), [("page", make_page), ("partner", make_partner), ("announcement", make_announcement)]
)
def test_list_query_count_does_not_depend_on_objects(communications_client, model, make):
    page = reverse(f"admin:conference_{model}_changelist")
    make()
    for_one = count_queries(communications_client, page)
    for _ in range(29):
        make()
    assert count_queries(communications_client, page) == for_one


@pytest.mark.parametrize(
    ("model", "make"), [("page", make_page), ("partner", make_partner), ("announcement", make_announcement)]
)
@pytest.mark.parametrize("page", ["changelist", "change", "delete"])
def test_admin_page_escapes_names(communications_client, model, make, page):
    item = make(MALICIOUS_NAME)
    text = communications_client.get(
        reverse(f"admin:conference_{model}_{page}", args=[] if page == "changelist" else [item.pk])
    ).text
    assert escape(MALICIOUS_NAME) in text
    assert "<img src=x" not in text


def test_conference_list_redirects_to_the_conference(communications_client):
    response = communications_client.get("/admin/conference/conference/")
    assert response.headers["Location"] == CONFERENCE


def test_conference_list_without_conference_explains_quickstart():
    communications_client = admin_client_for(make_superuser())
    response = communications_client.get("/admin/conference/conference/", follow=True)
    assert "manage.py quickstart" in response.text


def test_conference_form_saves_changes(communications_client):
    communications_client.post(CONFERENCE, conference_data(short_name_en="Peace 2020"))
    assert Conference.objects.get().short_name_en == "Peace 2020"


def test_conference_form_last_day_before_first_is_refused(communications_client):
    response = communications_client.post(CONFERENCE, conference_data(ends_on="2020-12-06"))
    assert form_errors(response) == {"ends_on": ["The last day cannot be before the first day."]}


def test_conference_form_single_day_is_accepted(communications_client):
    assert communications_client.post(CONFERENCE, conference_data(ends_on="2020-12-07")).status_code == 302


@pytest.mark.parametrize("zone", ["Ha Noi", "UTC+7", "../../etc/passwd", "Asia/Hanoi"])
def test_conference_form_unknown_time_zone_is_refused(communications_client, zone):
    assert list(form_errors(communications_client.post(CONFERENCE, conference_data(time_zone=zone)))) == ["time_zone"]


def page_data(**changes):
    return {"title_en": "Venue", "slug": "", "body_en": "Words.", "status": "live", "order": "0"} | changes


def test_page_form_without_slug_derives_it_from_the_title(communications_client):
    communications_client.post("/admin/conference/page/add/", page_data(title_en="Về hội nghị & địa điểm"))
    assert Page.objects.get().slug == "ve-hoi-nghi-dia-diem"


@pytest.mark.parametrize("slug", ["programme", "admin", "speakers", "register", "vi", "en"])
@pytest.mark.parametrize("language", ["", "/vi"])
def test_page_form_reserved_slug_is_refused(communications_client, slug, language):
    response = communications_client.post(f"{language}/admin/conference/page/add/", page_data(slug=slug))
    assert list(form_errors(response)) == ["slug"]


def test_page_form_links_to_a_published_page_only(communications_client):
    live, draft = make_page(slug="live"), make_page(slug="draft", status="draft")
    assert 'href="/live/"' in communications_client.get(reverse("admin:conference_page_change", args=[live.pk])).text
    page = communications_client.get(reverse("admin:conference_page_change", args=[draft.pk])).text
    assert 'class="viewsitelink"' not in page


def test_announcement_form_end_before_start_is_refused(communications_client):
    data = {"level": "info", "text_en": "Rain.", "shown_from_0": "2020-12-07", "shown_from_1": "18:00"}
    data |= {"shown_until_0": "2020-12-07", "shown_until_1": "17:00"}
    response = communications_client.post("/admin/conference/announcement/add/", data)
    assert form_errors(response) == {"shown_until": ["“Until” must be later than “from”."]}


def test_announcement_list_shows_which_are_visible_now(communications_client):
    make_announcement("Still there.")
    make_announcement("Over.", shown_until=factories.december(8, 9))
    page = communications_client.get("/admin/conference/announcement/").text
    assert page.count('alt="True"') == 1
    assert page.count('alt="False"') == 1


def test_announcement_form_times_are_in_the_conference_time_zone(communications_client):
    data = {"level": "info", "text_en": "Rain.", "shown_from_0": "2020-12-07", "shown_from_1": "18:00"}
    communications_client.post("/admin/conference/announcement/add/", data)
    assert Announcement.objects.get().shown_from == factories.december(7, 18)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_partner_form_refuses_urls_that_are_not_http(communications_client, url):
    communications_client.post("/admin/conference/partner/add/", {"name_en": "Partner", "url": url, "order": "0"})
    assert not Partner.objects.exists()


def test_admin_header_shows_the_conference_name_in_each_language(communications_client, conference):
    site_data.refresh_site_data()
    assert "Women, Peace and Security" in communications_client.get("/admin/").text
    assert "Phụ nữ, Hòa bình và An ninh" in communications_client.get("/vi/admin/").text


def test_admin_language_follows_the_url(communications_client):
    english, vietnamese = (
        communications_client.get("/admin/conference/page/"),
        communications_client.get("/vi/admin/conference/page/"),
    )
    assert (english.headers["Content-Language"], vietnamese.headers["Content-Language"]) == ("en", "vi")
    assert 'href="/vi/admin/conference/page/"' in english.text
    assert 'href="/admin/conference/page/"' in vietnamese.text


def test_admin_pages_are_not_cached(communications_client):
    for page in ("/admin/", "/admin/conference/page/", CONFERENCE):
        assert "no-store" in communications_client.get(page).headers["Cache-Control"]


def test_admin_unknown_url_answers_404(communications_client):
    assert communications_client.get("/admin/nowhere/").status_code == 404
