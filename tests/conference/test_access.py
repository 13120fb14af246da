"""The groups that exist after migrate, and what they may do."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from tests import cast
from tests.organizers import a_page, a_partner, an_announcement, an_organizer, at_the_desk

pytestmark = pytest.mark.django_db

EDITORS = {
    f"{app}.{action}_{model}"
    for app, model in [
        ("programme", "session"),
        ("programme", "sessionlink"),
        ("programme", "participation"),
        ("programme", "room"),
        ("programme", "theme"),
        ("speakers", "speaker"),
        ("speakers", "speakerlink"),
    ]
    for action in ("add", "change", "delete", "view")
} | {"programme.view_release", "programme.publish"}
COMMUNICATIONS = {
    f"conference.{action}_{model}"
    for model in ("page", "partner", "announcement")
    for action in ("add", "change", "delete", "view")
} | {"conference.view_conference", "conference.change_conference"}
REGISTRARS = {"conference.view_conference"}


@pytest.mark.parametrize(
    ("group", "permissions"),
    [("Programme editors", EDITORS), ("Communications", COMMUNICATIONS), ("Registrars", REGISTRARS)],
)
def test_a_group_may_do_exactly_what_it_needs(group, permissions):
    assert an_organizer(group).get_all_permissions() == permissions


def test_there_are_three_groups():
    assert set(Group.objects.values_list("name", flat=True)) == {"Programme editors", "Communications", "Registrars"}


def test_another_migrate_leaves_alone_what_organizers_changed():
    editors = Group.objects.get(name="Programme editors")
    editors.permissions.remove(editors.permissions.get(codename="delete_room"))
    call_command("migrate", verbosity=0)
    assert an_organizer("Programme editors").get_all_permissions() == EDITORS - {"programme.delete_room"}


def test_a_group_that_was_deleted_is_made_again():
    Group.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert an_organizer("Communications").get_all_permissions() == COMMUNICATIONS


def _addresses(app, model, row):
    return [reverse(f"admin:{app}_{model}_{action}", args=args) for action, args in _pages(row)]


def _pages(row):
    return [("changelist", []), ("add", []), ("change", [row.pk]), ("delete", [row.pk])]


@pytest.fixture
def programme_pages(conference):
    session = cast.a_session(room=cast.a_room(), parts=[("chair", cast.a_speaker())])
    return [
        *_addresses("programme", "session", session),
        *_addresses("programme", "room", session.room),
        *_addresses("programme", "theme", cast.a_theme()),
        *_addresses("speakers", "speaker", session.speakers.get()),
        reverse("admin:programme_release_publish"),
    ]


@pytest.mark.parametrize("group", ["Communications", "Registrars", None])
def test_the_programme_is_closed_to_those_who_do_not_edit_it(programme_pages, group):
    client = at_the_desk(an_organizer(group))
    answers = {
        page: (client.get(page).status_code, client.post(page, {"post": "yes"}).status_code) for page in programme_pages
    }
    assert answers == dict.fromkeys(programme_pages, (403, 403))


def test_programme_editors_open_every_page_of_the_programme(programme_pages):
    client = at_the_desk(an_organizer("Programme editors"))
    assert {page: client.get(page).status_code for page in programme_pages} == dict.fromkeys(programme_pages, 200)


@pytest.fixture
def conference_pages(conference):
    return [
        *_addresses("conference", "page", a_page()),
        *_addresses("conference", "partner", a_partner()),
        *_addresses("conference", "announcement", an_announcement()),
    ]


@pytest.mark.parametrize("group", ["Programme editors", "Registrars", None])
def test_pages_and_announcements_are_closed_to_those_who_do_not_write_them(conference_pages, group):
    client = at_the_desk(an_organizer(group))
    answers = {
        page: (client.get(page).status_code, client.post(page, {"post": "yes"}).status_code)
        for page in conference_pages
    }
    assert answers == dict.fromkeys(conference_pages, (403, 403))


def test_communications_open_every_page_of_theirs(conference_pages):
    client = at_the_desk(an_organizer("Communications"))
    assert {page: client.get(page).status_code for page in conference_pages} == dict.fromkeys(conference_pages, 200)


def test_registrars_read_the_conference_and_cannot_change_it(conference):
    client = at_the_desk(an_organizer("Registrars"))
    page = reverse("admin:conference_conference_change", args=[1])
    assert client.get(page).status_code == 200
    assert client.post(page, {"name_en": "Mine"}).status_code == 403


@pytest.mark.parametrize("action", ["add", "delete"])
def test_nobody_adds_or_deletes_the_conference(conference, action):
    client = at_the_desk(an_organizer(is_superuser=True))
    page = reverse(f"admin:conference_conference_{action}", args=[1] if action == "delete" else [])
    assert client.get(page).status_code == 403
    assert client.post(page, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["user", "group"])
@pytest.mark.parametrize("group", ["Programme editors", "Communications", "Registrars"])
def test_no_group_may_hand_out_rights(model, group):
    assert at_the_desk(an_organizer(group)).get(reverse(f"admin:auth_{model}_changelist")).status_code == 403


def test_an_account_that_is_no_organizers_is_turned_away(conference):
    client = at_the_desk(an_organizer("Programme editors", is_staff=False))
    assert client.get(reverse("admin:programme_session_changelist"), follow=True).status_code == 403
