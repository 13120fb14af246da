"""What people need and eat: for those who arrange it, and written down each time it is opened."""

import pytest
from django.contrib.auth.models import Permission

from conference.registration import workflow
from conference.registration.models import ExportLog, Mode, NeedsAccessLog

from ..users import admin_client_for, count_queries, make_organizer, make_superuser
from . import factories

NEEDS = "/admin/registration/specialneeds/"
HOSTILE = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(conference):
    factories.make_registration_settings()
    return make_organizer("Hospitality")


@pytest.fixture
def desk(host):
    return admin_client_for(host)


def needing(access="A ramp", diet="No pork", **changes):
    return factories.make_registration(special_needs={"access": access, "diet": diet}, **changes)


def openings():
    return [(opening.needs_id, opening.by) for opening in NeedsAccessLog.objects.order_by("pk")]


def test_the_list_tells_names_days_and_needs(desk):
    needing(badge_name="Linh", days={factories.MONDAY: Mode.IN_PERSON})
    page = desk.get(NEEDS).text
    for words in ("Linh", "A ramp", "No pork", "Monday, 7 December: in person"):
        assert words in page


def test_each_person_in_the_list_is_written_down_as_opened(desk, host):
    one, two = needing(badge_name="A"), needing(badge_name="B")
    desk.get(NEEDS)
    assert openings() == [(one.pk, host), (two.pk, host)]


def test_a_persons_needs_are_a_page_of_their_own_and_each_opening_is_written_down(desk, host):
    linh, _other = needing(), needing()
    for _ in range(2):
        assert "A ramp" in desk.get(f"{NEEDS}{linh.pk}/change/").text
    assert openings() == [(linh.pk, host)] * 2


def test_the_review_leads_there_and_opens_nothing_by_itself(desk):
    linh = needing()
    page = desk.get(f"/admin/registration/registration/{linh.pk}/review/").text
    assert f'href="{NEEDS}{linh.pk}/change/"' in page
    assert "ramp" not in page
    assert openings() == []


def test_who_needs_nothing_or_does_not_come_is_not_in_the_list(desk):
    factories.make_registration()
    gone = needing()
    workflow.cancel_registration(gone, by=gone.user)
    assert "No needs entered." in desk.get(NEEDS).text
    assert openings() == []


def test_who_looked_can_be_looked_up(desk, host):
    linh = needing()
    desk.get(f"{NEEDS}{linh.pk}/change/")
    assert host.username in desk.get(f"{NEEDS}{linh.pk}/history/").text


@pytest.mark.parametrize("group", ["Registrars", "Communications", "Viewers", "Programme editors"])
@pytest.mark.parametrize("page", ["", "{}/change/", "{}/history/"])
def test_nobody_else_opens_needs(conference, group, page):
    factories.make_registration_settings()
    linh = needing()
    response = admin_client_for(make_organizer(group)).get(NEEDS + page.format(linh.pk))
    assert response.status_code == 403
    assert "ramp" not in response.text
    assert openings() == []


@pytest.mark.parametrize("key", ["x", "7d444840-9dc0-11d1-b245-5ffdce74fad2", "1"])
def test_needs_that_do_not_exist_are_not_found(desk, key):
    assert desk.get(f"{NEEDS}{key}/change/").status_code == 404


def test_nobody_changes_needs_at_the_desk(desk):
    linh = needing()
    client = admin_client_for(make_superuser())
    for page in ("", f"{linh.pk}/change/", "add/"):
        assert client.post(NEEDS + page, {"access": "Mine"}).status_code in (403, 405)
    linh.special_needs.refresh_from_db()
    assert linh.special_needs.access == "A ramp"


def test_hostile_needs_are_text(desk):
    needing(access=HOSTILE, diet=HOSTILE, badge_name=HOSTILE)
    assert HOSTILE not in desk.get(NEEDS).text


def test_thirty_take_as_many_queries_as_one(desk):
    needing()
    for_one = count_queries(desk, NEEDS)
    for _ in range(29):
        needing()
    assert count_queries(desk, NEEDS) == for_one


def test_needs_are_taken_out_as_a_file_and_that_is_written_down(desk, host):
    linh = needing(access="=cmd|' /C calc'!A0", badge_name="Linh")
    response = desk.post(f"{NEEDS}export/", {"format": "csv"})
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines[1] == '"Linh","2020-12-07","","\'=cmd|\' /C calc\'!A0","No pork"'
    assert openings() == [(linh.pk, host)]
    export = ExportLog.objects.get()
    assert (export.by, export.rows, export.format, export.with_needs) == (host, 1, "csv", True)


def test_nobody_else_takes_needs_out(conference):
    factories.make_registration_settings()
    needing()
    client = admin_client_for(make_organizer("Registrars"))
    assert client.post(f"{NEEDS}export/", {"format": "csv"}).status_code == 403
    assert not ExportLog.objects.exists()


def test_needs_can_be_arranged_by_somebody_who_sees_no_registrations(conference):
    factories.make_registration_settings()
    needing(badge_name="Linh")
    user = make_organizer()
    user.user_permissions.set(Permission.objects.filter(codename="view_needs"))
    page = admin_client_for(user).get(NEEDS).text
    assert "Linh" in page
    assert "/registration/registration/" not in page
