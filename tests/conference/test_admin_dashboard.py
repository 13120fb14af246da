"""The first page of the organizers' desk, and the bar on every page of it."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from sessions.checks import Severity
from sessions.models import Session

from .. import factories
from ..users import admin_client_for, count_queries, make_organizer, make_superuser

HOUR = datetime.timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(conference):
    return admin_client_for(make_superuser())


def who_may(*codenames):
    user = make_organizer()
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return admin_client_for(user)


def shown(response):
    return response.content.decode()


@pytest.mark.parametrize("language", ["", "/vi"])
def test_the_desk_opens_in_both_languages(desk, published, language):
    assert desk.get(f"{language}/admin/").status_code == 200


def test_the_desk_tells_how_much_is_not_published_and_leads_there(desk, published):
    Session.objects.filter(slug="opening").get().delete()
    page = shown(desk.get("/admin/"))
    assert "1 unpublished change" in page
    assert 'href="/admin/programme/release/publish/"' in page
    assert 'href="/preview/programme/"' in page


@pytest.mark.parametrize("page", ["/admin/", "/admin/programme/session/", "/admin/conference/page/add/"])
def test_the_bar_is_on_every_page(desk, page):
    factories.make_session()
    assert 'class="admin-toolbar"' in shown(desk.get(page))


def test_whoever_may_not_publish_is_not_led_there(conference):
    client = who_may("view_session", "view_release")
    factories.make_session()
    page = shown(client.get("/admin/"))
    assert "unpublished changes</strong>" in page
    assert "/publish/" not in page


@pytest.mark.parametrize("group", ["Registrars", "Communications"])
def test_whoever_has_nothing_to_do_with_drafts_sees_nothing_of_them(conference, group):
    factories.make_session("Secret talks", starts_at=timezone.now() + HOUR, ends_at=timezone.now() + 2 * HOUR)
    page = shown(admin_client_for(make_organizer(group)).get("/admin/"))
    assert "Secret talks" not in page
    assert "desk-bar" not in page
    assert "/board/" not in page


def test_the_desk_tells_what_is_wrong_and_leads_to_it(desk):
    hall = factories.make_room("Main Hall")
    one = factories.make_session("One", room=hall)
    factories.make_session("Two", room=hall)
    page = shown(desk.get("/admin/"))
    assert "Blocks publishing" in page
    assert f'href="/admin/programme/session/{one.pk}/change/"' in page


def test_the_desk_shows_the_worst_ten_and_counts_the_rest(desk):
    hall = factories.make_room()
    for _ in range(15):
        factories.make_session(room=hall)
    wrong = desk.get("/admin/").context["issue_summary"]
    assert len(wrong.top_issues) == 10
    assert sum(number for _level, number in wrong.counts) == wrong.total > 10
    assert wrong.has_more


def test_the_desk_folds_away_what_is_only_good_to_know(desk):
    factories.make_session("Panel", room=factories.make_room(), parts=[("chair", "A Member State")])
    wrong = desk.get("/admin/").context["issue_summary"]
    assert wrong.info_issues
    assert {finding.severity for finding in wrong.info_issues} == {Severity.INFO}
    assert Severity.INFO not in {finding.severity for finding in wrong.top_issues}
    assert "<details" in shown(desk.get("/admin/")).partition('id="issues"')[2].partition("</section>")[0]


def test_the_desk_tells_what_comes_next_and_not_what_is_over_or_cancelled(desk):
    now = timezone.now()
    factories.make_session("Over", starts_at=now - 2 * HOUR, ends_at=now - HOUR)
    factories.make_session("Off", status="cancelled", starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    factories.make_session("Later", starts_at=now + 3 * HOUR, ends_at=now + 4 * HOUR)
    factories.make_session("Next", starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    assert [session.title_en for session in desk.get("/admin/").context["upcoming_sessions"]] == ["Next", "Later"]


def test_the_desk_counts_what_is_untranslated_and_unconfirmed(desk):
    factories.make_session("Opening", parts=[("chair", factories.make_speaker())])
    page = shown(desk.get("/admin/"))
    assert "sessions without a translation" in page
    assert 'href="/admin/programme/session/?translation=missing"' in page
    assert 'href="/admin/programme/session/?speakers=unconfirmed"' in page


def test_the_desk_leads_to_undoing_a_release(desk, published):
    assert 'href="/admin/programme/release/1/restore/"' in shown(desk.get("/admin/"))


def test_the_model_groups_only_the_tables_somebody_may_open(conference):
    lists = admin_client_for(make_organizer("Communications")).get("/admin/").context["model_groups"]
    names = {model["object_name"] for _name, models in lists for model in models}
    assert names == {"Conference", "Page", "Partner", "Announcement", "EmailTemplate"}


@pytest.mark.parametrize(
    ("language", "works"),
    [
        ("", ["Programme", "Registration", "People", "Site"]),
        ("/vi", ["Chương trình", "Đăng ký", "Người tham gia", "Trang thông tin"]),
    ],
)
def test_beside_every_list_stand_all_others_by_the_work_that_they_are_for(desk, language, works):
    own = f"{language}/admin/speakers/speaker/"
    beside = shown(desk.get(own)).partition('id="nav-sidebar"')[2].partition("</nav>")[0]
    assert re.findall("<caption>(.*)</caption>", beside) == works
    assert re.findall('<a href="([^"]+)" aria-current="page">', beside) == [own]
    assert f'href="{language}/admin/auth/user/"' in beside


def test_among_people_the_speakers_come_first(desk):
    lists = {str(name): models for name, models in desk.get("/admin/").context["model_groups"]}
    assert lists["People"][0]["object_name"] == "Speaker"


def test_the_page_of_an_app_lists_what_is_for_the_same_work(desk):
    page = desk.get("/admin/auth/")
    assert [(str(name), len(models)) for name, models in page.context["model_groups"]] == [("People", 5)]
    assert 'href="/admin/speakers/speaker/"' in shown(page)


@pytest.mark.parametrize("page", ["/admin/", "/admin/conference/page/add/"])
def test_a_list_to_which_somebody_may_only_add_is_no_link(conference, page):
    desk = shown(who_may("add_page", "add_partner").get(page))
    assert ('href="None"' in desk, 'href="/admin/conference/partner/add/"' in desk) == (False, True)


def test_who_may_nothing_is_told_whom_to_ask(conference):
    assert "Ask an organizer who manages accounts" in shown(admin_client_for(make_organizer()).get("/admin/"))


@pytest.mark.parametrize(("language", "why"), [("", "You do not have permission to"), ("/vi", "Bạn không có quyền")])
def test_whoever_is_refused_is_told_why(conference, language, why):
    page = admin_client_for(make_organizer("Viewers")).get(f"{language}/admin/programme/session/import/")
    assert page.status_code == 403
    assert why in shown(page)


def test_only_those_who_may_import_or_export_are_led_there(conference):
    links = [
        [name for name in ("import", "export") if f'href="/admin/programme/session/{name}/"' in page]
        for page in (
            shown(admin_client_for(make_organizer(*groups)).get("/admin/programme/session/"))
            for groups in (["Programme editors"], ["Viewers"])
        )
    ]
    assert links == [["import", "export"], ["export"]]


def test_the_desk_asks_as_often_for_thirty_sessions_as_for_one(desk):
    def add(n):
        for number in range(n):
            start = timezone.now() + (number + 1) * HOUR
            parts = [("chair", factories.make_speaker())]
            factories.make_session(room=factories.make_room(), parts=parts, starts_at=start, ends_at=start + HOUR)

    add(1)
    for_one = count_queries(desk, "/admin/")
    add(29)
    assert count_queries(desk, "/admin/") == for_one


def test_a_hostile_title_is_text_on_the_desk(desk):
    start = timezone.now() + HOUR
    factories.make_session('"><img src=x>', slug="hostile", starts_at=start, ends_at=start + HOUR)
    assert "<img src=x" not in shown(desk.get("/admin/"))


@pytest.mark.parametrize("page", ["conference/page", "programme/release", "auth/user", "mail/queuedemail"])
def test_a_list_asked_for_a_year_beyond_all_numbers_is_refused_in_words(admin_client, conference, page):
    field = {"conference/page": "updated_at", "programme/release": "published_at", "auth/user": "date_joined"}
    query = f"{field.get(page, 'created_at')}__year={'9' * 20}"
    assert admin_client.get(f"/admin/{page}/?{query}").status_code in (302, 400)
