"""The dashboard, the sidebar and the toolbar of the admin."""

import datetime
import re

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from conference.models import SetupConfirmation
from conference.registration.models import Quota
from sessions.checks import Severity
from sessions.models import Release, Session

from .. import factories
from ..users import admin_client_for, count_queries, make_organizer, make_superuser

HOUR = datetime.timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser_client(conference):
    return admin_client_for(make_superuser())


def client_with_permissions(*codenames):
    user = make_organizer()
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return admin_client_for(user)


@pytest.mark.parametrize("language", ["", "/vi"])
def test_dashboard_opens_in_both_languages(superuser_client, published, language):
    assert superuser_client.get(f"{language}/admin/").status_code == 200


def test_dashboard_shows_unpublished_changes_with_links(superuser_client, published):
    Session.objects.filter(slug="opening").get().delete()
    page = superuser_client.get("/admin/").text
    assert "1 unpublished change" in page
    assert 'href="/admin/programme/release/publish/"' in page
    assert 'href="/preview/programme/"' in page


@pytest.mark.parametrize("page", ["/admin/", "/admin/programme/session/", "/admin/conference/page/add/"])
def test_toolbar_is_on_every_page(superuser_client, page):
    factories.make_session()
    assert 'class="admin-toolbar"' in superuser_client.get(page).text


def test_dashboard_without_publish_permission_has_no_publish_link(conference):
    client = client_with_permissions("view_session", "view_release")
    factories.make_session()
    page = client.get("/admin/").text
    assert "unpublished changes</strong>" in page
    assert "/publish/" not in page


@pytest.mark.parametrize("group", ["Registrars", "Communications"])
def test_dashboard_hides_drafts_from_other_groups(conference, group):
    factories.make_session("Secret talks", starts_at=timezone.now() + HOUR, ends_at=timezone.now() + 2 * HOUR)
    page = admin_client_for(make_organizer(group)).get("/admin/").text
    assert "Secret talks" not in page
    assert "admin-toolbar" not in page
    assert "/timetable/" not in page


def test_dashboard_links_to_sessions_with_issues(superuser_client):
    hall = factories.make_room("Main Hall")
    one = factories.make_session("One", room=hall)
    factories.make_session("Two", room=hall)
    page = superuser_client.get("/admin/").text
    assert "Blocks publishing" in page
    assert f'href="/admin/programme/session/{one.pk}/change/"' in page


def test_dashboard_shows_ten_issues_and_counts_all(superuser_client):
    hall = factories.make_room()
    for _ in range(15):
        factories.make_session(room=hall)
    wrong = superuser_client.get("/admin/").context["issue_summary"]
    assert len(wrong.top_issues) == 10
    assert sum(number for _level, number in wrong.counts) == wrong.total > 10


def test_dashboard_collapses_info_issues(superuser_client):
    factories.make_session("Panel", room=factories.make_room(), parts=[("chair", "A Member State")])
    wrong = superuser_client.get("/admin/").context["issue_summary"]
    assert wrong.info_issues
    assert {finding.severity for finding in wrong.info_issues} == {Severity.INFO}
    assert Severity.INFO not in {finding.severity for finding in wrong.top_issues}
    assert "<details" in superuser_client.get("/admin/").text.partition('id="issues"')[2].partition("</section>")[0]


def test_dashboard_lists_upcoming_sessions(superuser_client):
    now = timezone.now()
    factories.make_session("Over", starts_at=now - 2 * HOUR, ends_at=now - HOUR)
    factories.make_session("Off", status="cancelled", starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    factories.make_session("Later", starts_at=now + 3 * HOUR, ends_at=now + 4 * HOUR)
    factories.make_session("Next", starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    assert [session.title_en for session in superuser_client.get("/admin/").context["upcoming_sessions"]] == [
        "Next",
        "Later",
    ]


def test_dashboard_counts_missing_translations_and_unconfirmed_speakers(superuser_client):
    factories.make_session("Opening", parts=[("chair", factories.make_speaker())])
    page = superuser_client.get("/admin/").text
    assert "<strong>1</strong> session without a translation" in page
    assert 'href="/admin/programme/session/?translation=missing"' in page
    assert 'href="/admin/programme/session/?speakers=unconfirmed"' in page


def test_dashboard_links_to_restoring_a_release(superuser_client, published):
    assert 'href="/admin/programme/release/1/restore/"' in superuser_client.get("/admin/").text


def test_sidebar_lists_only_models_the_user_may_open(conference):
    lists = admin_client_for(make_organizer("Communications")).get("/admin/").context["model_groups"]
    names = {model["object_name"] for _name, models in lists for model in models}
    assert names == {"Conference", "Country", "Page", "Partner", "Announcement", "EmailTemplate"}


@pytest.mark.parametrize(
    ("prefix", "groups"),
    [
        ("", ["Programme", "Registration", "People", "Site"]),
        ("/vi", ["Chương trình", "Đăng ký", "Người tham gia", "Trang thông tin"]),
    ],
)
def test_sidebar_groups_models_by_subject(superuser_client, prefix, groups):
    own = f"{prefix}/admin/speakers/speaker/"
    sidebar = superuser_client.get(own).text.partition('id="nav-sidebar"')[2].partition("</nav>")[0]
    assert re.findall("<caption>(.*)</caption>", sidebar) == groups
    assert re.findall('<a href="([^"]+)" aria-current="page">', sidebar) == [own]
    assert f'href="{prefix}/admin/auth/user/"' in sidebar


def test_sidebar_lists_speakers_first_among_people(superuser_client):
    lists = {str(name): models for name, models in superuser_client.get("/admin/").context["model_groups"]}
    assert lists["People"][0]["object_name"] == "Speaker"


def test_app_index_lists_the_models_of_the_group(superuser_client):
    page = superuser_client.get("/admin/auth/")
    assert [(str(name), len(models)) for name, models in page.context["model_groups"]] == [("People", 6)]
    assert 'href="/admin/speakers/speaker/"' in page.text


@pytest.mark.parametrize("page", ["/admin/", "/admin/conference/page/add/"])
def test_sidebar_model_with_add_permission_only_has_no_list_link(conference, page):
    page_text = client_with_permissions("add_page", "add_partner").get(page).text
    assert ('href="None"' in page_text, 'href="/admin/conference/partner/add/"' in page_text) == (False, True)


def test_dashboard_without_permissions_explains_whom_to_ask(conference):
    assert "Ask an organizer who manages accounts" in admin_client_for(make_organizer()).get("/admin/").text


@pytest.mark.parametrize(("prefix", "reason"), [("", "You do not have permission to"), ("/vi", "Bạn không có quyền")])
def test_permission_denied_page_shows_the_reason(conference, prefix, reason):
    page = admin_client_for(make_organizer("Viewers")).get(f"{prefix}/admin/programme/session/import/")
    assert page.status_code == 403
    assert reason in page.text


def test_session_list_links_to_import_and_export_with_permission(conference):
    links = [
        [name for name in ("import", "export") if f'href="/admin/programme/session/{name}/"' in page]
        for page in (
            admin_client_for(make_organizer(*groups)).get("/admin/programme/session/").text
            for groups in (["Programme editors"], ["Viewers"])
        )
    ]
    assert links == [["import", "export"], ["export"]]


@pytest.mark.slow
def test_dashboard_query_count_does_not_depend_on_sessions(superuser_client):
    def add(n):
        for number in range(n):
            start = timezone.now() + (number + 1) * HOUR
            parts = [("chair", factories.make_speaker())]
            factories.make_session(room=factories.make_room(), parts=parts, starts_at=start, ends_at=start + HOUR)

    add(1)
    for_one = count_queries(superuser_client, "/admin/")
    add(29)
    assert count_queries(superuser_client, "/admin/") == for_one


def test_dashboard_escapes_titles(superuser_client):
    start = timezone.now() + HOUR
    factories.make_session('"><img src=x>', slug="hostile", starts_at=start, ends_at=start + HOUR)
    assert "<img src=x" not in superuser_client.get("/admin/").text


@pytest.mark.parametrize("page", ["conference/page", "programme/release", "auth/user", "mail/queuedemail"])
def test_list_with_too_large_year_is_refused(admin_client, conference, page):
    field = {"conference/page": "updated_at", "programme/release": "published_at", "auth/user": "date_joined"}
    query = f"{field.get(page, 'created_at')}__year={'9' * 20}"
    assert admin_client.get(f"/admin/{page}/?{query}").status_code in (302, 400)


def test_dashboard_of_a_local_site_shows_the_tour(superuser_client, published):
    page = superuser_client.get("/admin/").text
    assert 'href="/sessions/opening/"' in page
    assert '<details class="dashboard-tour" open>' in page


def test_dashboard_tour_is_closed_after_an_organizer_has_published(superuser_client, published):
    Release.objects.update(published_by=User.objects.get())
    assert '<details class="dashboard-tour">' in superuser_client.get("/admin/").text


def test_dashboard_of_a_public_site_has_no_tour(superuser_client, published, settings):
    settings.IS_LOCAL = False
    assert "dashboard-tour" not in superuser_client.get("/admin/").text


def checklist(client):
    return re.findall(r"<li>(?:<a[^>]*>)?(\w[\w ]*):", client.get("/admin/").text.split("setup-checklist", 1)[1])


def test_setup_checklist_lists_what_is_not_decided(superuser_client):
    expected = ["Contact", "Retention", "Capacity", "Privacy", "Sender", "Backup"]
    assert checklist(superuser_client)[:6] == expected


def test_setup_checklist_lists_organizers_without_a_second_factor(superuser_client):
    make_organizer()
    User.objects.create_user("new", is_staff=True)
    assert "Second factor" in checklist(superuser_client)


def test_setup_checklist_omits_what_is_decided(superuser_client, conference):
    factories.update(conference, contact="questions@conference.example")
    Quota.objects.create(day=conference.starts_on, mode="in_person", seats=200)
    assert {"Contact", "Capacity"}.isdisjoint(checklist(superuser_client))


def test_setup_checklist_omits_what_is_marked_as_done(superuser_client):
    superuser_client.post("/admin/setup/backup/done/")
    assert "Backup" not in checklist(superuser_client)
    assert SetupConfirmation.objects.get().confirmed_by is not None


@pytest.mark.parametrize(("item", "status"), [("contact", 404), ("nothing", 404)])
def test_setup_checklist_item_that_the_site_checks_cannot_be_marked(superuser_client, item, status):
    assert superuser_client.post(f"/admin/setup/{item}/done/").status_code == status


def test_setup_checklist_is_hidden_from_other_groups(conference):
    client = client_with_permissions("view_session")
    assert "setup-checklist" not in client.get("/admin/").text
    assert client.post("/admin/setup/backup/done/").status_code == 403


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "<strong>1</strong> session with unconfirmed speakers"),
        (2, "<strong>2</strong> sessions with unconfirmed speakers"),
    ],
)
def test_dashboard_counts_sessions_with_unconfirmed_speakers_in_words(superuser_client, count, text):
    for _ in range(count):
        factories.make_session(parts=[("chair", factories.make_speaker())])
    assert text in superuser_client.get("/admin/").text
