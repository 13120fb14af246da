"""Admin of special needs: every view is logged."""

import pytest
from django.contrib.auth.models import Permission

from conference.registration import workflow
from conference.registration.models import ExportLog, Mode, NeedsAccessLog
from conference.registration.needs import split_needs

from ..users import admin_client_for, count_queries, make_organizer, make_superuser
from . import factories

NEEDS_URL = "/admin/registration/specialneeds/"
MALICIOUS_TEXT = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospitality_user(conference):
    factories.make_registration_settings()
    return make_organizer("Hospitality")


@pytest.fixture
def hospitality_client(hospitality_user):
    return admin_client_for(hospitality_user)


def make_registration_with_needs(access="A ramp", diet="No pork", **changes):
    return factories.make_registration(special_needs={"access": access, "diet": diet}, **changes)


def access_log():
    return [(entry.special_needs_id, entry.by) for entry in NeedsAccessLog.objects.order_by("pk")]


def test_needs_list_shows_names_days_and_needs(hospitality_client):
    make_registration_with_needs(badge_name="Linh", days={factories.MONDAY: Mode.IN_PERSON})
    page = hospitality_client.get(NEEDS_URL).text
    for text in ("Linh", "A ramp", "No pork", "Monday, 7 December: in person"):
        assert text in page


def test_needs_list_logs_access_to_each_participant(hospitality_client, hospitality_user):
    one, two = make_registration_with_needs(badge_name="A"), make_registration_with_needs(badge_name="B")
    hospitality_client.get(NEEDS_URL)
    assert access_log() == [(one.pk, hospitality_user), (two.pk, hospitality_user)]


def test_needs_page_logs_every_view(hospitality_client, hospitality_user):
    linh, _other = make_registration_with_needs(), make_registration_with_needs()
    for _ in range(2):
        assert "A ramp" in hospitality_client.get(f"{NEEDS_URL}{linh.pk}/change/").text
    assert access_log() == [(linh.pk, hospitality_user)] * 2


def test_review_links_to_needs_without_logging_access(hospitality_client):
    linh = make_registration_with_needs()
    page = hospitality_client.get(f"/admin/registration/registration/{linh.pk}/review/").text
    assert f'href="{NEEDS_URL}{linh.pk}/change/"' in page
    assert "ramp" not in page
    assert access_log() == []


def test_needs_list_omits_empty_needs_and_cancelled_registrations(hospitality_client):
    factories.make_registration()
    gone = make_registration_with_needs()
    workflow.cancel_registration(gone, by=gone.user)
    assert "No needs entered." in hospitality_client.get(NEEDS_URL).text
    assert access_log() == []


def test_access_log_shows_the_user(hospitality_client, hospitality_user):
    linh = make_registration_with_needs()
    hospitality_client.get(f"{NEEDS_URL}{linh.pk}/change/")
    assert hospitality_user.username in hospitality_client.get(f"{NEEDS_URL}{linh.pk}/history/").text


@pytest.fixture
def ramp_people(media):
    """Four people with needs: only the first is approved and comes in person."""
    youth = factories.make_category("Youth")
    make_registration_with_needs(badge_name="Comes", category=youth)
    make_registration_with_needs(badge_name="Pending", category=media)
    make_registration_with_needs(badge_name="Online", category=youth, days={factories.MONDAY: Mode.ONLINE})
    factories.make_quota(factories.TUESDAY, Mode.IN_PERSON, seats=0)
    make_registration_with_needs(badge_name="Waits", category=youth, days={factories.TUESDAY: Mode.IN_PERSON})


def listed_names(response):
    return [entry.registration.badge_name for entry, _badges in response.context["needs"]]


def test_needs_list_has_approved_people_with_an_in_person_seat_only(hospitality_client, ramp_people):
    response = hospitality_client.get(NEEDS_URL)
    assert listed_names(response) == ["Comes"]
    assert len(access_log()) == 1
    assert "Show also 3 people who are not approved yet, on a wait list or online" in response.text


def test_needs_list_with_all_has_every_open_registration(hospitality_client, ramp_people):
    response = hospitality_client.get(NEEDS_URL, {"scope": "all"})
    assert listed_names(response) == ["Comes", "Online", "Pending", "Waits"]


@pytest.mark.parametrize(("scope", "number"), [("", 1), ("all", 4)])
def test_needs_export_has_the_people_of_the_list(hospitality_client, ramp_people, scope, number):
    hospitality_client.post(f"{NEEDS_URL}export/", {"format": "csv", "scope": scope})
    assert ExportLog.objects.get().rows == number


def test_needs_list_shows_totals_per_need_and_day(hospitality_client):
    both_days = {factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.IN_PERSON}
    make_registration_with_needs(access="", diet="Vegetarian, no nuts", days=both_days)
    make_registration_with_needs(access="A ramp", diet="vegetarian.")
    response = hospitality_client.get(NEEDS_URL)
    access, diet = response.context["totals"]
    assert [(count.label, count.people, count.by_day) for count in (access.total, *access.counts)] == [
        ("", 1, [1, 0, 0]),
        ("A ramp", 1, [1, 0, 0]),
    ]
    assert [(count.label, count.people, count.by_day) for count in (diet.total, *diet.counts)] == [
        ("", 2, [2, 1, 0]),
        ("Vegetarian", 2, [2, 1, 0]),
        ("no nuts", 1, [1, 1, 0]),
    ]
    assert '<th scope="row">Vegetarian</th>' in response.text


def test_split_needs_ignores_case_marks_and_empty_parts():
    assert split_needs("Ăn chay;\n - No  nuts., ") == {"an chay": "Ăn chay", "no nuts": "No nuts"}


@pytest.mark.parametrize("group", ["Registrars", "Communications"])
@pytest.mark.parametrize("page", ["", "{}/change/", "{}/history/"])
def test_needs_pages_for_other_groups_are_forbidden(conference, group, page):
    factories.make_registration_settings()
    linh = make_registration_with_needs()
    response = admin_client_for(make_organizer(group)).get(NEEDS_URL + page.format(linh.pk))
    assert response.status_code == 403
    assert "ramp" not in response.text
    assert access_log() == []


@pytest.mark.parametrize("key", ["x", "7d444840-9dc0-11d1-b245-5ffdce74fad2", "1"])
def test_needs_page_with_unknown_key_returns_404(hospitality_client, key):
    assert hospitality_client.get(f"{NEEDS_URL}{key}/change/").status_code == 404


def test_needs_cannot_be_changed_in_the_admin(hospitality_client):
    linh = make_registration_with_needs()
    client = admin_client_for(make_superuser())
    for page in ("", f"{linh.pk}/change/", "add/"):
        assert client.post(NEEDS_URL + page, {"access": "Mine"}).status_code in (403, 405)
    linh.special_needs.refresh_from_db()
    assert linh.special_needs.access == "A ramp"


def test_needs_list_escapes_malicious_text(hospitality_client):
    make_registration_with_needs(access=MALICIOUS_TEXT, diet=MALICIOUS_TEXT, badge_name=MALICIOUS_TEXT)
    assert MALICIOUS_TEXT not in hospitality_client.get(NEEDS_URL).text


@pytest.mark.slow
def test_needs_list_query_count_is_independent_of_rows(hospitality_client):
    make_registration_with_needs()
    for_one = count_queries(hospitality_client, NEEDS_URL)
    for _ in range(29):
        make_registration_with_needs()
    assert count_queries(hospitality_client, NEEDS_URL) == for_one


def test_needs_export_is_logged(hospitality_client, hospitality_user):
    linh = make_registration_with_needs(access="=cmd|' /C calc'!A0", badge_name="Linh")
    response = hospitality_client.post(f"{NEEDS_URL}export/", {"format": "csv"})
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines[1] == '"Linh","2020-12-07","","\'=cmd|\' /C calc\'!A0","No pork"'
    assert access_log() == [(linh.pk, hospitality_user)]
    export = ExportLog.objects.get()
    assert (export.by, export.rows, export.format, export.with_needs) == (hospitality_user, 1, "csv", True)


def test_needs_export_by_registrar_is_forbidden(conference):
    factories.make_registration_settings()
    make_registration_with_needs()
    client = admin_client_for(make_organizer("Registrars"))
    assert client.post(f"{NEEDS_URL}export/", {"format": "csv"}).status_code == 403
    assert not ExportLog.objects.exists()


def test_needs_list_without_registration_permission_has_no_links(conference):
    factories.make_registration_settings()
    make_registration_with_needs(badge_name="Linh")
    user = make_organizer()
    user.user_permissions.set(Permission.objects.filter(codename="view_specialneeds"))
    page = admin_client_for(user).get(NEEDS_URL).text
    assert "Linh" in page
    assert "/registration/registration/" not in page
