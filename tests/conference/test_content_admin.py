"""The conference, its pages, partners and announcements at the organizers' desk; and the desk itself."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from conference import site_data
from conference.core.admin import get_version_token
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

HOSTILE = '"><img src=x onerror=1>'
CONFERENCE = "/admin/conference/conference/1/change/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(conference):
    return admin_client_for(make_organizer("Communications"))


def shown(response):
    return response.content.decode()


def the_facts(**changes):
    """The form of the conference as somebody sends it."""
    facts = {
        "name_en": "Women and Peace",
        "short_name_en": "WPS",
        "starts_on": "2020-12-07",
        "ends_on": "2020-12-09",
        "time_zone": "Asia/Ho_Chi_Minh",
        "city_en": "Ha Noi",
        "country": "VN",
        "token": get_version_token(Conference.objects.get()),
    }
    return facts | changes


@pytest.mark.parametrize("model", ["page", "partner", "announcement"])
@pytest.mark.parametrize("language", ["", "/vi"])
@pytest.mark.parametrize("page", ["", "add/"])
def test_every_page_opens_in_both_languages(desk, model, language, page):
    assert desk.get(f"{language}/admin/conference/{model}/{page}").status_code == 200


@pytest.mark.parametrize(
    ("model", "make"), [("page", make_page), ("partner", make_partner), ("announcement", make_announcement)]
)
def test_a_list_asks_as_often_for_thirty_rows_as_for_one(desk, model, make):
    page = reverse(f"admin:conference_{model}_changelist")
    make()
    for_one = count_queries(desk, page)
    for _ in range(29):
        make()
    assert count_queries(desk, page) == for_one


@pytest.mark.parametrize(
    ("model", "make"), [("page", make_page), ("partner", make_partner), ("announcement", make_announcement)]
)
@pytest.mark.parametrize("page", ["changelist", "change", "delete"])
def test_a_hostile_name_is_text_on_every_page(desk, model, make, page):
    row = make(HOSTILE)
    text = shown(desk.get(reverse(f"admin:conference_{model}_{page}", args=[] if page == "changelist" else [row.pk])))
    assert escape(HOSTILE) in text
    assert "<img src=x" not in text


def test_the_list_of_conferences_leads_straight_to_the_one_there_is(desk):
    response = desk.get("/admin/conference/conference/")
    assert response.headers["Location"] == CONFERENCE


def test_without_a_conference_the_desk_says_how_to_make_it():
    desk = admin_client_for(make_superuser())
    response = desk.get("/admin/conference/conference/", follow=True)
    assert "manage.py quickstart" in shown(response)


def test_the_conferences_facts_are_changed(desk):
    desk.post(CONFERENCE, the_facts(short_name_en="Peace 2020"))
    assert Conference.objects.get().short_name_en == "Peace 2020"


def test_a_last_day_before_the_first_is_told_at_the_last_day(desk):
    response = desk.post(CONFERENCE, the_facts(ends_on="2020-12-06"))
    assert form_errors(response) == {"ends_on": ["The last day cannot be before the first day."]}


def test_a_conference_of_one_day_is_a_conference(desk):
    assert desk.post(CONFERENCE, the_facts(ends_on="2020-12-07")).status_code == 302


def test_registration_that_closes_before_it_opens_is_told_where_it_closes(desk):
    window = {
        "registration_opens_at_0": "2020-11-02",
        "registration_opens_at_1": "09:00",
        "registration_closes_at_0": "2020-11-01",
        "registration_closes_at_1": "09:00",
    }
    response = desk.post(CONFERENCE, the_facts(**window))
    assert form_errors(response) == {"registration_closes_at": ["Registration must close after it opens."]}


@pytest.mark.parametrize("zone", ["Ha Noi", "UTC+7", "../../etc/passwd", "Asia/Hanoi"])
def test_a_zone_that_is_none_is_refused(desk, zone):
    assert list(form_errors(desk.post(CONFERENCE, the_facts(time_zone=zone)))) == ["time_zone"]


def a_written_page(**changes):
    return {"title_en": "Venue", "slug": "", "body_en": "Words.", "status": "live", "order": "0"} | changes


def test_a_page_gets_an_address_from_its_title(desk):
    desk.post("/admin/conference/page/add/", a_written_page(title_en="Về hội nghị & địa điểm"))
    assert Page.objects.get().slug == "ve-hoi-nghi-dia-diem"


@pytest.mark.parametrize("slug", ["programme", "admin", "speakers", "register", "vi", "en"])
@pytest.mark.parametrize("language", ["", "/vi"])
def test_a_page_does_not_take_another_parts_address(desk, slug, language):
    response = desk.post(f"{language}/admin/conference/page/add/", a_written_page(slug=slug))
    assert list(form_errors(response)) == ["slug"]


def test_a_live_page_is_shown_and_a_draft_is_not(desk):
    live, draft = make_page(slug="live"), make_page(slug="draft", status="draft")
    assert 'href="/live/"' in shown(desk.get(reverse("admin:conference_page_change", args=[live.pk])))
    page = shown(desk.get(reverse("admin:conference_page_change", args=[draft.pk])))
    assert 'class="viewsitelink"' not in page


def test_an_announcement_that_ends_before_it_begins_is_told_at_its_end(desk):
    facts = {"level": "info", "text_en": "Rain.", "shown_from_0": "2020-12-07", "shown_from_1": "18:00"}
    facts |= {"shown_until_0": "2020-12-07", "shown_until_1": "17:00"}
    response = desk.post("/admin/conference/announcement/add/", facts)
    assert form_errors(response) == {"shown_until": ["“Until” must be later than “from”."]}


def test_an_announcement_says_whether_it_is_shown_now(desk):
    make_announcement("Still there.")
    make_announcement("Over.", shown_until=factories.december(8, 9))
    page = shown(desk.get("/admin/conference/announcement/"))
    assert page.count('alt="True"') == 1
    assert page.count('alt="False"') == 1


def test_an_announcements_times_are_on_the_conferences_clock(desk):
    facts = {"level": "info", "text_en": "Rain.", "shown_from_0": "2020-12-07", "shown_from_1": "18:00"}
    desk.post("/admin/conference/announcement/add/", facts)
    assert Announcement.objects.get().shown_from == factories.december(7, 18)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_a_partners_link_leads_to_the_web_and_nowhere_else(desk, address):
    desk.post("/admin/conference/partner/add/", {"name_en": "Partner", "url": address, "order": "0"})
    assert not Partner.objects.exists()


def test_the_desk_bears_the_conferences_name_in_each_language(desk, conference):
    site_data.refresh_site_data()
    assert "Women, Peace and Security" in shown(desk.get("/admin/"))
    assert "Phụ nữ, Hòa bình và An ninh" in shown(desk.get("/vi/admin/"))


def test_the_desk_speaks_the_language_of_its_address(desk):
    english, vietnamese = desk.get("/admin/conference/page/"), desk.get("/vi/admin/conference/page/")
    assert (english.headers["Content-Language"], vietnamese.headers["Content-Language"]) == ("en", "vi")
    assert 'href="/vi/admin/conference/page/"' in shown(english)
    assert 'href="/admin/conference/page/"' in shown(vietnamese)


def test_no_page_of_the_desk_is_kept_by_a_cache(desk):
    for page in ("/admin/", "/admin/conference/page/", CONFERENCE):
        assert "no-store" in desk.get(page).headers["Cache-Control"]


def test_a_page_of_the_desk_that_does_not_exist_is_not_found(desk):
    assert desk.get("/admin/nowhere/").status_code == 404
