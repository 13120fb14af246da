"""Promises that forms, pages and e-mails make about personal data. Each test quotes the promise that it proves."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User

from conference.registration import workflow
from conference.registration.forms import RegistrationForm
from conference.registration.models import ExportLog, NeedsAccessLog, Registration
from conference.registration.statistics import compute_statistics

from ..users import admin_client_for, make_organizer
from . import factories

LIST_URL = "/admin/registration/registration/"
GROUPS_WITHOUT_NEEDS = ["Registrars", "Communications", "Programme editors", "Publishers", "Viewers"]

pytestmark = pytest.mark.django_db


def pages_about(registration):
    return [
        f"{LIST_URL}{registration.pk}/review/",
        f"{LIST_URL}{registration.pk}/change/",
        f"{LIST_URL}{registration.pk}/days/",
        LIST_URL,
    ]


# “Used only for gender statistics, never shown with your name.”


def test_gender_is_promised_for_statistics_only():
    assert RegistrationForm.base_fields["gender"].help_text == (
        "Used only for gender statistics, never shown with your name."
    )


def test_gender_is_shown_on_no_page_about_a_person(registrar_client, media):
    linh = factories.make_registration(category=media, gender="female")
    workflow.edit_details(linh, {"gender": "male"}, by=linh.user)
    for url in pages_about(linh):
        page = registrar_client.get(url).text
        assert [word for word in ("gender", "Gender", "Female", "Male") if word in page] == [], url


def test_gender_cannot_be_changed_by_an_organizer(registrar_client, media):
    linh = factories.make_registration(category=media, gender="female")
    page = f"{LIST_URL}{linh.pk}/change/"
    form = registrar_client.get(page).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value is not None}
    registrar_client.post(page, data | {"gender": "male", "token": registrar_client.get(page).context["token"]})
    assert Registration.objects.get().gender == "female"


@pytest.mark.parametrize("query", ["gender=female", "gender__exact=female", "q=female"])
def test_gender_cannot_be_filtered_for(registrar_client, media, query):
    factories.make_registration(category=media, gender="female", badge_name="Linh N.")
    factories.make_registration(category=media, gender="male", badge_name="Minh N.")
    page = registrar_client.get(f"{LIST_URL}?{query}", follow=True).text
    assert ("Linh N." in page) == ("Minh N." in page)


def test_gender_is_in_no_export(registrar_client, media):
    factories.make_registration(category=media, gender="female")
    content = registrar_client.post(f"{LIST_URL}export/", {"format": "csv"}).content.decode("utf-8-sig")
    assert "Gender" not in content
    assert "Female" not in content


def test_gender_is_counted_in_the_statistics(media):
    factories.make_registration(category=media, gender="female")
    assert {count.label: count.total for count in compute_statistics().genders}["Female"] == 1


# “Stored separately and visible only to the staff responsible; we record who views it.”


@pytest.mark.parametrize("group", GROUPS_WITHOUT_NEEDS)
def test_needs_are_shown_to_no_other_group(conference, media, group):
    factories.make_registration_settings()
    linh = factories.make_registration(category=media, special_needs={"access": "A ramp", "diet": "No pork"})
    client = admin_client_for(make_organizer(group))
    for url in (*pages_about(linh), "/admin/registration/specialneeds/", "/admin/mail/queuedemail/"):
        page = client.get(url).text
        assert "A ramp" not in page, url
        assert "No pork" not in page, url
    export = client.post(f"{LIST_URL}export/", {"format": "csv"}).content.decode("utf-8-sig")
    assert "A ramp" not in export
    assert not NeedsAccessLog.objects.exists()


def test_needs_in_an_export_of_registrations_are_logged_for_each_person(superuser_client, media):
    linh = factories.make_registration(category=media, special_needs={"access": "A ramp", "diet": ""})
    superuser_client.post(f"{LIST_URL}export/", {"format": "csv", "with_needs": "on"})
    assert [entry.special_needs_id for entry in NeedsAccessLog.objects.all()] == [linh.pk]


# “Exports are logged.”


def test_export_is_logged_with_its_author(registrar_client, registrar, media):
    factories.make_registration(category=media)
    registrar_client.post(f"{LIST_URL}export/", {"format": "csv"})
    assert [(entry.by, entry.rows) for entry in ExportLog.objects.all()] == [(registrar, 1)]


# “Only anonymous statistics are kept.”


def test_erasure_deletes_the_admin_log_of_the_account(superuser_client, media):
    linh = factories.make_registration(category=media)
    organizer = User.objects.get(is_superuser=True)
    for instance in (linh.user, linh.user.emailaddress_set.get()):
        LogEntry.objects.log_actions(organizer.pk, [instance], CHANGE, "[]", single_object=True)
    workflow.erase_user(linh.user)
    assert not LogEntry.objects.exists()


# “If you change a name, the country, ... your registration must be approved again.”


@pytest.mark.parametrize(
    "changes",
    [
        {"passport_name": "Nguyen Thi Mai"},
        {"badge_name": "The Minister"},
        {"country": "NO"},
        {"organization": "NUPI"},
        {"function": "Minister"},
    ],
)
def test_approved_detail_changed_by_the_person_is_reviewed_again(registrar_client, registrar, media, changes):
    linh = factories.make_registration(category=media)
    workflow.approve_registration(linh, by=registrar)
    workflow.edit_details(linh, changes, by=linh.user)
    assert linh.status == "submitted"
    page = registrar_client.get(f"{LIST_URL}{linh.pk}/review/").text
    assert "Changed after approval" in page


def test_review_shows_the_approved_and_the_present_badge_name(registrar_client, registrar, media):
    linh = factories.make_registration(category=media, badge_name="Linh")
    workflow.approve_registration(linh, by=registrar)
    workflow.edit_details(linh, {"badge_name": "Dr Linh"}, by=linh.user)
    workflow.edit_details(linh, {"badge_name": "The Minister"}, by=linh.user)
    changes = registrar_client.get(f"{LIST_URL}{linh.pk}/review/").context["approved_changes"]
    assert changes == [("Name on the badge", "Linh", "The Minister")]


def test_review_of_a_first_registration_shows_no_changes_after_approval(registrar_client, media):
    linh = factories.make_registration(category=media)
    workflow.edit_details(linh, {"badge_name": "Dr Linh"}, by=linh.user)
    assert registrar_client.get(f"{LIST_URL}{linh.pk}/review/").context["approved_changes"] == []
