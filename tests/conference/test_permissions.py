"""The groups that exist after migrate, and what they may do: at every address of the desk, there for looking and for
sending."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from sessions.models import Release, Session

from ..admin_urls import admin_urls_for, make_one_of_each_model
from ..users import admin_client_for, make_organizer

pytestmark = pytest.mark.django_db


def each(models, *actions):
    return {
        f"{app}.{action}_{model}" for app, _, model in (name.partition(".") for name in models) for action in actions
    }


PROGRAMME = ["programme.session", "programme.sessionlink", "programme.participation", "programme.room"]
PROGRAMME += ["programme.theme", "speakers.speaker", "speakers.speakerlink"]
WORDS = ["conference.page", "conference.partner", "conference.announcement"]
EDITING = ("add", "change", "delete", "view")
REGISTRARS = each(
    ["registration.registrationsettings", "registration.quota", "registration.category", "mail.emailtemplate"],
    "change",
    "view",
)
REGISTRARS |= each(
    [f"registration.{name}" for name in ("registrationevent", "seat", "ticket", "exportlog", "needsaccesslog")], "view"
)
REGISTRARS |= {"mail.view_queuedemail"}
REGISTRARS |= {"registration.view_registration", "registration.change_registration", "registration.add_category"}
REGISTRARS |= {"registration.decide", "registration.export", "mail.resend", "conference.view_conference"}
REGISTRARS |= {"registration.add_consenttext", "registration.view_consenttext"}

MAY = {
    "Programme editors": each(PROGRAMME, *EDITING) | {"programme.view_release"},
    "Publishers": each(PROGRAMME, "view") | {"programme.view_release", "programme.publish"},
    "Communications": each(WORDS, *EDITING) | each(["conference.conference", "mail.emailtemplate"], "change", "view"),
    "Registrars": REGISTRARS,
    "Hospitality": each(["registration.registration", "registration.specialneeds"], "view"),
    "Viewers": each([*PROGRAMME, *WORDS], "view") | {"programme.view_release", "conference.view_conference"},
    "nobody": set(),
}
GROUPS = [group for group in MAY if group != "nobody"]
# The pages that each kind of row has, and any one of the permissions that opens them. Who may change may look.
PAGES = {
    "changelist": ("view", "change"),
    "history": ("view", "change"),
    "change": ("view", "change"),
    "add": ("add",),
    "delete": ("delete",),
}
# What no permission opens: the one conference stays, releases are made by publishing, factors are only taken away; who
# registers does it on the site, and what is written down stays.
FOR_NOBODY = ["conference.conference", "programme.release", "registration.registration", "registration.specialneeds"]
FOR_NOBODY += ["registration.quota", "registration.registrationsettings", "registration.needsaccesslog"]
FOR_NOBODY += ["registration.exportlog"]
CLOSED = {(model, action) for model in FOR_NOBODY for action in ("add", "delete")}
CLOSED |= {("registration.consenttext", "delete")}
REFUSED = (403, 405)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_may_do_exactly_what_it_needs(group):
    assert make_organizer(group).get_all_permissions() == MAY[group]


def test_there_are_six_groups():
    assert set(Group.objects.values_list("name", flat=True)) == set(GROUPS)


def test_nobody_who_drafts_publishes_unless_in_both_groups():
    assert not make_organizer("Programme editors").has_perm("programme.publish")
    assert make_organizer("Programme editors", "Publishers").has_perm("programme.publish")


def test_another_migrate_leaves_alone_what_organizers_changed():
    editors = Group.objects.get(name="Programme editors")
    editors.permissions.remove(editors.permissions.get(codename="delete_room"))
    editors.permissions.add(Group.objects.get(name="Publishers").permissions.get(codename="publish"))
    call_command("migrate", verbosity=0)
    expected = MAY["Programme editors"] - {"programme.delete_room"} | {"programme.publish"}
    assert make_organizer("Programme editors").get_all_permissions() == expected


def test_a_group_that_was_deleted_is_made_again():
    Group.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert make_organizer("Communications").get_all_permissions() == MAY["Communications"]


@pytest.fixture
def rows():
    return make_one_of_each_model()


def someone_of(group):
    return admin_client_for(make_organizer(group))


def pages(rows):
    """{(model, action): address} of the pages that every kind of row has."""
    known = {(model, name.rpartition("_")[2]): address for (model, name), address in admin_urls_for(rows).items()}
    return {(model, action): address for (model, action), address in known.items() if action in PAGES}


def may(group, model, action):
    app, _, name = model.partition(".")
    permissions = {f"{app}.{permission}_{name}" for permission in PAGES[action]}
    return bool(permissions & MAY[group]) and (model, action) not in CLOSED


@pytest.mark.parametrize("group", MAY)
def test_a_page_opens_to_those_who_need_it_and_to_nobody_else(rows, group):
    client, asked = someone_of(group), pages(rows)
    # The list of the one conference leads straight to it.
    answers = {page: client.get(address, follow=may(group, *page)).status_code for page, address in asked.items()}
    assert answers == {page: 200 if may(group, *page) else 403 for page in asked}


@pytest.mark.parametrize("group", MAY)
def test_what_a_group_may_not_do_is_refused_when_it_is_sent_as_well(rows, group):
    client = someone_of(group)
    refused = [page for page in pages(rows) if not may(group, *page)]
    refused += [page for page in pages(rows) if page[1] == "change" and _change(page[0]) not in MAY[group]]
    answers = {page: client.post(pages(rows)[page], {"post": "yes"}).status_code for page in refused}
    # What nobody sends anything to may say that instead.
    assert {page: status for page, status in answers.items() if status not in REFUSED} == {}


def _change(model):
    app, _, name = model.partition(".")
    return f"{app}.change_{name}"


@pytest.mark.parametrize("group", ["Communications", "Registrars", "nobody"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_everything_about_the_programme_is_closed_to_those_who_do_not_work_on_it(rows, group, method):
    client = someone_of(group)
    elsewhere = ("conference.", "registration.", "mail.")
    about = {name: page for (model, name), page in admin_urls_for(rows).items() if not model.startswith(elsewhere)}
    answers = {name: getattr(client, method)(page, {"post": "yes"}).status_code for name, page in about.items()}
    assert {name: status for name, status in answers.items() if status not in REFUSED} == {}


@pytest.mark.parametrize("group", ["Programme editors", "Publishers", "Viewers", "nobody"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_everything_about_who_registers_is_closed_to_those_who_do_not_admit_them(rows, group, method):
    client = someone_of(group)
    about = {
        name: page
        for (model, name), page in admin_urls_for(rows).items()
        if model.startswith(("registration.", "mail."))
    }
    assert len(about) > 40
    answers = {name: getattr(client, method)(page, {"post": "yes"}).status_code for name, page in about.items()}
    assert {name: status for name, status in answers.items() if status not in REFUSED} == {}


@pytest.mark.parametrize("group", ["Viewers", "Registrars", "nobody"])
def test_whoever_may_only_look_changes_nothing_whatever_is_sent(rows, group):
    client, before = someone_of(group), everything_edited(rows)
    facts = {"post": "yes", "action": "delete_selected", "_selected_action": [str(rows["programme.session"].pk)]}
    for address in admin_urls_for(rows).values():
        client.post(address, facts | {"title_en": "Mine", "name_en": "Mine"})
    assert everything_edited(rows) == before


def everything_edited(rows):
    return {
        model: list(type(row)._default_manager.order_by("pk").values()) for model, row in rows.items() if _ours(model)
    }


def _ours(model):
    return model.partition(".")[0] in ("conference", "programme", "speakers")


@pytest.mark.parametrize("group", ["Programme editors", "Communications", "Registrars", "Viewers"])
def test_only_publishers_publish(rows, group):
    page = reverse("admin:programme_release_publish")
    assert someone_of(group).get(page).status_code == 403
    assert someone_of(group).post(page).status_code == 403
    assert Release.objects.count() == 1


def test_publishers_look_at_what_they_publish_and_do_not_change_it(rows):
    client, session = someone_of("Publishers"), rows["programme.session"]
    assert client.get(reverse("admin:programme_release_publish")).status_code == 200
    page = reverse("admin:programme_session_change", args=[session.pk])
    assert "Published" in client.get(page).text
    assert client.post(page, {"title_en": "Mine"}).status_code == 403


@pytest.mark.parametrize("group", ["Registrars", "Communications", "nobody"])
def test_the_desks_front_page_shows_nothing_of_the_drafts_to_others(rows, group):
    page = someone_of(group).get("/admin/").text
    assert Session.objects.get(title_en="Draft of a session")
    assert "Draft of a session" not in page
    assert "publish" not in page.lower()


@pytest.mark.parametrize("group", MAY)
def test_no_group_may_hand_out_rights_or_reset_what_others_sign_in_with(rows, group):
    client = someone_of(group)
    people = {
        name: page
        for (model, name), page in admin_urls_for(rows).items()
        if model.split(".")[0] in ("auth", "mfa", "account")
    }
    assert len(people) > 15
    answers = {name: (client.get(page).status_code, client.post(page).status_code) for name, page in people.items()}
    assert answers == dict.fromkeys(people, (403, 403))


def test_a_refusal_is_in_words_in_our_frame_and_leads_on(rows):
    client = someone_of("Registrars")
    for response in (client.get("/admin/programme/session/"), client.post("/admin/programme/session/add/")):
        page = response.text
        assert "You do not have access to this page" in page
        assert "@conference.example is not among them" in page
        assert '<main id="main"' in page
        assert 'href="/admin/"' in page
        assert "no-store" in response.headers["Cache-Control"]


def test_a_refusal_in_vietnamese_stays_in_vietnamese(rows):
    page = someone_of("Registrars").get("/vi/admin/programme/session/")
    assert page.status_code == 403
    assert '<html lang="vi">' in page.text
    assert 'href="/vi/admin/"' in page.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_account_that_is_no_organizers_is_turned_away_at_every_address(rows, method):
    client = admin_client_for(make_organizer("Programme editors", is_staff=False))
    asked = {**admin_urls_for(rows), "front page": "/admin/", "other": "/admin/nowhere/", "sign-in": "/admin/login/"}
    answers = {name: getattr(client, method)(page).status_code for name, page in asked.items()}
    assert answers == dict.fromkeys(asked, 403)


def test_nobody_who_is_signed_out_sees_any_page_of_the_desk(rows, client):
    answers = {page: client.get(page) for page in admin_urls_for(rows).values()}
    assert all("/login/?next=" in answer.headers["Location"] for answer in answers.values())
