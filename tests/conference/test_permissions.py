"""The groups that migrate creates, and what their members may view and change at every URL of the admin."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from sessions.models import Release, Session

from ..admin_urls import admin_urls_for, make_one_of_each_model
from ..users import admin_client_for, make_organizer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_conference")]


def permissions_for(models, *actions):
    return {
        f"{app}.{action}_{model}" for app, _, model in (name.partition(".") for name in models) for action in actions
    }


PROGRAMME = ["programme.session", "programme.sessionlink", "programme.participation", "programme.room"]
PROGRAMME += ["programme.theme", "speakers.speaker", "speakers.speakerlink"]
CONTENT = ["conference.page", "conference.partner", "conference.announcement", "conference.country"]
EDITING = ("add", "change", "delete", "view")
REGISTRARS = permissions_for(
    ["registration.registrationsettings", "registration.quota", "registration.category", "mail.emailtemplate"],
    "change",
    "view",
)
REGISTRARS |= permissions_for(
    [f"registration.{name}" for name in ("registrationevent", "seat", "ticket", "exportlog", "needsaccesslog")], "view"
)
REGISTRARS |= {"mail.view_queuedemail"}
REGISTRARS |= {"registration.view_registration", "registration.change_registration", "registration.add_category"}
REGISTRARS |= {"registration.decide", "registration.export", "mail.resend", "conference.view_conference"}
REGISTRARS |= {"registration.add_consenttext", "registration.view_consenttext"}
CHECK_IN = {"registration.check_in"}
SUPERVISION = CHECK_IN | {"registration.view_checkin", "registration.override_check_in"}
SUPERVISION |= {"registration.register_on_site", "registration.print_badges"}
REGISTRARS |= SUPERVISION | permissions_for(["registration.entrance"], *EDITING)
REGISTRARS |= permissions_for(["registration.checkindevice"], "add", "change", "view")
REGISTRARS |= permissions_for(["registration.badgelayout"], *EDITING)
REGISTRARS |= permissions_for(["registration.certificatesettings"], "change", "view")
REGISTRARS |= {"registration.view_certificate", "registration.send_certificates"}

PERMISSIONS = {
    "Programme editors": permissions_for(PROGRAMME, *EDITING) | {"programme.view_release"},
    "Publishers": permissions_for(PROGRAMME, "view") | {"programme.view_release", "programme.publish"},
    "Communications": permissions_for(CONTENT, *EDITING)
    | permissions_for(["conference.conference", "mail.emailtemplate"], "change", "view"),
    "Registrars": REGISTRARS,
    "Door staff": CHECK_IN,
    "Door supervisors": SUPERVISION,
    "Hospitality": permissions_for(["registration.registration", "registration.specialneeds"], "view")
    | {"registration.export"},
    "Viewers": permissions_for([*PROGRAMME, *CONTENT], "view")
    | {"programme.view_release", "conference.view_conference"},
    "no group": set(),
}
GROUPS = [group for group in PERMISSIONS if group != "no group"]
# The admin pages of each model, and the permissions of which any one opens them.
PAGES = {
    "changelist": ("view", "change"),
    "history": ("view", "change"),
    "change": ("view", "change"),
    "add": ("add",),
    "delete": ("delete",),
}
# Pages that no permission opens: there is one conference, releases are created by publishing, attendees register on the
# public site, and logs are permanent. A new edition is started by those who may change the conference and publish.
FIXED_MODELS = ["conference.conference", "programme.release", "registration.registration", "registration.specialneeds"]
FIXED_MODELS += ["registration.quota", "registration.registrationsettings", "registration.needsaccesslog"]
FIXED_MODELS += ["registration.exportlog", "registration.checkin", "programme.edition"]
FIXED_MODELS += ["registration.certificate", "registration.certificatesettings"]
CLOSED_PAGES = {(model, action) for model in FIXED_MODELS for action in ("add", "delete")}
CLOSED_PAGES |= {("registration.consenttext", "delete"), ("registration.checkindevice", "delete")}
REFUSED = (403, 405)


@pytest.mark.parametrize("group", GROUPS)
def test_group_has_exactly_its_permissions(group):
    assert make_organizer(group).get_all_permissions() == PERMISSIONS[group]


def test_migrate_creates_all_groups():
    assert set(Group.objects.values_list("name", flat=True)) == set(GROUPS)


def test_editor_may_publish_only_as_a_publisher_too():
    assert not make_organizer("Programme editors").has_perm("programme.publish")
    assert make_organizer("Programme editors", "Publishers").has_perm("programme.publish")


def test_migrate_keeps_changed_permissions_of_a_group():
    editors = Group.objects.get(name="Programme editors")
    editors.permissions.remove(editors.permissions.get(codename="delete_room"))
    editors.permissions.add(Group.objects.get(name="Publishers").permissions.get(codename="publish"))
    call_command("migrate", verbosity=0)
    expected = PERMISSIONS["Programme editors"] - {"programme.delete_room"} | {"programme.publish"}
    assert make_organizer("Programme editors").get_all_permissions() == expected


def test_migrate_creates_a_deleted_group_again():
    Group.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert make_organizer("Communications").get_all_permissions() == PERMISSIONS["Communications"]


@pytest.fixture
def objects():
    return make_one_of_each_model()


def client_of_group(group):
    return admin_client_for(make_organizer(group))


def page_urls(objects):
    """Return {(model, action): url} of the standard pages of every model."""
    urls = {(model, name.rpartition("_")[2]): url for (model, name), url in admin_urls_for(objects).items()}
    return {(model, action): url for (model, action), url in urls.items() if action in PAGES}


def may_open(group, model, action):
    if model == "registration.badgebatch":
        return action != "delete" and "registration.print_badges" in PERMISSIONS[group]
    app_label, _, model_name = model.partition(".")
    permissions = {f"{app_label}.{permission}_{model_name}" for permission in PAGES[action]}
    return bool(permissions & PERMISSIONS[group]) and (model, action) not in CLOSED_PAGES


@pytest.mark.slow
@pytest.mark.parametrize("group", PERMISSIONS)
def test_admin_pages_open_only_with_permission(objects, group):
    client, urls = client_of_group(group), page_urls(objects)
    # The list of conferences redirects to the only one.
    statuses = {page: client.get(url, follow=may_open(group, *page)).status_code for page, url in urls.items()}
    assert statuses == {page: 200 if may_open(group, *page) else 403 for page in urls}


@pytest.mark.slow
@pytest.mark.parametrize("group", PERMISSIONS)
def test_admin_pages_refuse_posts_without_permission(objects, group):
    client, urls = client_of_group(group), page_urls(objects)
    pages = [page for page in urls if not may_open(group, *page)]
    pages += [page for page in urls if page[1] == "change" and change_permission(page[0]) not in PERMISSIONS[group]]
    statuses = {page: client.post(urls[page], {"post": "yes"}).status_code for page in pages}
    assert {page: status for page, status in statuses.items() if status not in REFUSED} == {}


def change_permission(model):
    app_label, _, model_name = model.partition(".")
    return f"{app_label}.change_{model_name}"


@pytest.mark.slow
@pytest.mark.parametrize("group", ["Communications", "Registrars", "no group"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_programme_pages_are_closed_to_other_groups(objects, group, method):
    client = client_of_group(group)
    other_apps = ("conference.", "registration.", "mail.")
    urls = {name: page for (model, name), page in admin_urls_for(objects).items() if not model.startswith(other_apps)}
    statuses = {name: getattr(client, method)(page, {"post": "yes"}).status_code for name, page in urls.items()}
    assert {name: status for name, status in statuses.items() if status not in REFUSED} == {}


@pytest.mark.slow
@pytest.mark.parametrize("group", ["Programme editors", "Publishers", "Viewers", "no group"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_registration_pages_are_closed_to_other_groups(objects, group, method):
    client = client_of_group(group)
    urls = {
        name: page
        for (model, name), page in admin_urls_for(objects).items()
        if model.startswith(("registration.", "mail."))
    }
    assert len(urls) > 40
    statuses = {name: getattr(client, method)(page, {"post": "yes"}).status_code for name, page in urls.items()}
    assert {name: status for name, status in statuses.items() if status not in REFUSED} == {}


@pytest.mark.slow
@pytest.mark.parametrize("group", ["Viewers", "Registrars", "no group"])
def test_posts_of_a_viewer_change_nothing(objects, group):
    client, before = client_of_group(group), stored_values(objects)
    data = {"post": "yes", "action": "delete_selected", "_selected_action": [str(objects["programme.session"].pk)]}
    for url in admin_urls_for(objects).values():
        client.post(url, data | {"title_en": "Mine", "name_en": "Mine"})
    assert stored_values(objects) == before


def stored_values(objects):
    return {
        model: list(type(item)._default_manager.order_by("pk").values())
        for model, item in objects.items()
        if model.partition(".")[0] in ("conference", "programme", "speakers")
    }


@pytest.mark.parametrize("group", ["Programme editors", "Communications", "Registrars", "Viewers"])
def test_publishing_is_closed_to_other_groups(objects, group):
    page = reverse("admin:programme_release_publish")
    assert client_of_group(group).get(page).status_code == 403
    assert client_of_group(group).post(page).status_code == 403
    assert Release.objects.count() == 1


def test_publishers_may_view_but_not_change_sessions(objects):
    client, session = client_of_group("Publishers"), objects["programme.session"]
    assert client.get(reverse("admin:programme_release_publish")).status_code == 200
    page = reverse("admin:programme_session_change", args=[session.pk])
    assert "Published" in client.get(page).text
    assert client.post(page, {"title_en": "Mine"}).status_code == 403


@pytest.mark.parametrize("group", ["Registrars", "Communications", "no group"])
def test_dashboard_hides_drafts_from_other_groups(objects, group):
    page = client_of_group(group).get("/admin/").text
    assert Session.objects.get(title_en="Draft of a session")
    assert "Draft of a session" not in page
    assert "publish" not in page.lower()


@pytest.mark.slow
@pytest.mark.parametrize("group", PERMISSIONS)
def test_account_pages_are_closed_to_all_groups(objects, group):
    client = client_of_group(group)
    urls = {
        name: url
        for (model, name), url in admin_urls_for(objects).items()
        if model.split(".")[0] in ("auth", "mfa", "account", "accounts")
    }
    assert len(urls) > 15
    statuses = {name: (client.get(url).status_code, client.post(url).status_code) for name, url in urls.items()}
    assert statuses == dict.fromkeys(urls, (403, 403))


def test_permission_denied_page_uses_the_site_layout(objects):
    client = client_of_group("Registrars")
    for response in (client.get("/admin/programme/session/"), client.post("/admin/programme/session/add/")):
        page = response.text
        assert "You do not have access to this page" in page
        assert "does not have permission to view it" in page
        assert '<main id="main"' in page
        assert 'href="/admin/"' in page
        assert "no-store" in response.headers["Cache-Control"]


def test_permission_denied_page_is_in_vietnamese(objects):
    page = client_of_group("Registrars").get("/vi/admin/programme/session/")
    assert page.status_code == 403
    assert '<html lang="vi">' in page.text
    assert 'href="/vi/admin/"' in page.text


@pytest.mark.slow
@pytest.mark.parametrize("method", ["get", "post"])
def test_admin_refuses_accounts_that_are_not_staff(objects, method):
    client = admin_client_for(make_organizer("Programme editors", is_staff=False))
    urls = {**admin_urls_for(objects), "index": "/admin/", "other": "/admin/nowhere/", "sign-in": "/admin/login/"}
    statuses = {name: getattr(client, method)(page).status_code for name, page in urls.items()}
    assert statuses == dict.fromkeys(urls, 403)


def test_admin_redirects_anonymous_visitors_to_login(objects, client):
    statuses = {page: client.get(page) for page in admin_urls_for(objects).values()}
    assert all("/login/?next=" in answer.headers["Location"] for answer in statuses.values())
