"""Promises that forms, pages and e-mails make about personal data. Each test quotes the promise that it proves."""

import pytest
import time_machine
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.cache import cache

from conference.mail.models import QueuedEmail
from conference.mail.outbox import queue_account_email
from conference.mail.rendering import sanitize_email_html
from conference.mail.sender import build_message, run_periodic_tasks
from conference.registration import workflow
from conference.registration.emails import queue_registration_email
from conference.registration.emails.types import EMAIL_TYPES
from conference.registration.form_options import refresh_options
from conference.registration.forms import RegistrationForm
from conference.registration.models import EventMove, ExportLog, NeedsAccessLog, Registration
from conference.registration.statistics import compute_statistics
from conference.site_data import refresh_site_data

from ..factories import december, update
from ..users import admin_client_for, make_organizer, make_page
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


# “Included in the e-mail as written” and “Not sent, and not shown to the person.”


def decline_data(client, registration, **changes):
    page = client.get(f"{LIST_URL}{registration.pk}/review/")
    notes = {"reason": "other", "note": "Write to us.", "internal_note": "A rude person"}
    return {"decision": "decline", "version": page.context["version"]} | notes | changes


def test_internal_note_reaches_only_the_history_of_the_registrars(registrar_client, media):
    linh = factories.make_registration(category=media)
    review_url = f"{LIST_URL}{linh.pk}/review/"
    registrar_client.post(review_url, decline_data(registrar_client, linh))
    email, event = QueuedEmail.objects.get(email_type="declined"), linh.events.last()
    assert (event.note, event.internal_note) == ("Write to us.", "A rude person")
    attendee = factories.client_for(linh.user)
    own_pages = [attendee.get(url).content.decode() for url in ("/my/", "/my/edit/", "/my/data.json")]
    for text in (email.text, email.html, *own_pages):
        assert "rude" not in text
    assert "Write to us." in email.text
    assert "Write to us." in own_pages[0]
    assert "A rude person" in registrar_client.get(review_url).text


def test_internal_note_is_not_shown_to_hospitality(hospitality_client, registrar, media):
    linh = factories.make_registration(category=media)
    workflow.decline_registration(linh, by=registrar, reason="other", internal_note="A rude person")
    assert "rude" not in hospitality_client.get(f"{LIST_URL}{linh.pk}/review/").text


def test_decline_preview_shows_what_would_be_sent_and_changes_nothing(registrar_client, media):
    linh = factories.make_registration(category=media, language="vi")
    data = decline_data(registrar_client, linh, preview="1")
    response = registrar_client.post(f"{LIST_URL}{linh.pk}/review/", data)
    preview = response.context["preview"]
    assert Registration.objects.get().status == "submitted"
    del data["preview"]
    registrar_client.post(f"{LIST_URL}{linh.pk}/review/", data)
    email = QueuedEmail.objects.get(email_type="declined")
    assert (preview.to, preview.language, preview.subject) == (email.to, "vi", email.subject)
    assert preview.html == sanitize_email_html(email.html, links=False)
    assert "rude" not in preview.html
    assert "A rude person" in response.text


def test_decline_preview_of_several_shows_the_first_and_changes_nothing(registrar_client, media):
    people = [factories.make_registration(category=media, badge_name=name) for name in ("Linh", "Minh")]
    selection = {"action": "decline_selected", "_selected_action": [str(person.pk) for person in people]}
    page = registrar_client.post(LIST_URL, selection)
    data = {"bulk_action": "decline", "selection": page.context["selection"], "reason": "full", "note": "Sorry."}
    response = registrar_client.post(f"{LIST_URL}bulk-action/", data | {"preview": "1"})
    assert "Sorry." in response.context["preview"].html
    assert "Linh" in response.context["preview"].html
    assert set(Registration.objects.values_list("status", flat=True)) == {"submitted"}


# “I can view, change and erase my data at any time.”


@pytest.mark.parametrize("close", [None, "decline", "cancel"])
def test_own_data_can_be_viewed_in_every_status(registrar, media, close):
    linh = factories.make_registration(category=media, organization="Da Nang Peace House")
    if close == "decline":
        workflow.decline_registration(linh, by=registrar, reason="other")
    if close == "cancel":
        workflow.cancel_registration(linh, by=linh.user)
    attendee = factories.client_for(linh.user)
    assert "Da Nang Peace House" in attendee.get("/my/").text
    assert attendee.get("/my/edit/").status_code == attendee.get("/my/data.json").status_code == 200


# “Until {day}. After that day all registrations are erased.”


@pytest.mark.parametrize(
    ("settings", "day"),
    [
        ({"erase_after_days": 90}, "Tuesday, 9 March 2021"),
        ({"erase_after_days": 90, "erase_on": "2021-01-31"}, "Sunday, 31 January 2021"),
    ],
)
def test_privacy_page_and_form_state_the_day_of_erasure(client, open_category, settings, day):
    factories.make_registration_settings(**settings)
    make_page(slug="privacy")
    refresh_site_data()
    refresh_options()
    assert f"Until {day}. After that day all registrations are erased" in client.get("/privacy/").text
    assert f"Your data are kept until {day} and then erased." in client.get("/register/").text


def test_privacy_page_follows_a_change_of_the_day(client, conference):
    settings = factories.make_registration_settings(erase_after_days=90)
    make_page(slug="privacy")
    refresh_site_data()
    client.get("/privacy/")
    settings.erase_after_days = 30
    settings.save()
    refresh_options()
    assert "Until Friday, 8 January 2021." in client.get("/privacy/").text


def test_privacy_page_without_a_day_promises_none(client, conference):
    factories.make_registration_settings()
    make_page(slug="privacy")
    refresh_site_data()
    assert "How long registrations are kept" not in client.get("/privacy/").text


@pytest.mark.parametrize(("date", "remaining"), [("2021-03-09", 1), ("2021-03-10", 0)])
def test_worker_erases_registrations_after_the_day(media, date, remaining):
    factories.make_registration_settings(erase_after_days=90)
    factories.make_registration(category=media)
    cache.clear()
    with time_machine.travel(f"{date}T05:00Z"):
        run_periodic_tasks()
    assert Registration.objects.count() == remaining


# “If you think this is a mistake, please reply to this e-mail.”


@pytest.mark.parametrize("contact", ["", "info@conference.example"])
@pytest.mark.parametrize("email_type", EMAIL_TYPES)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_emails_ask_for_a_reply_only_if_it_reaches_the_organizers(conference, media, contact, email_type, language):
    update(conference, contact=contact)
    refresh_site_data()
    linh = factories.make_registration(category=media, language=language)
    seat = linh.seats.get()
    seat.offered_until = december(1, 12)
    values = {
        "offer": {"seat": seat},
        "offer_expired": {"seat": seat},
        "declined": {"reason": "other"},
        "moved": {"move": EventMove(from_first_day=seat.day, from_last_day=seat.day)},
    }
    email = queue_registration_email(email_type, linh, **values.get(email_type, {}))
    assert build_message(email).reply_to == ([contact] if contact else [])
    asks = {"en": "reply to this e-mail", "vi": "trả lời e-mail này"}[language] in email.text
    assert asks == (bool(contact) and email_type in ("declined", "changed", "ticket_replaced"))


def test_account_emails_have_the_contact_as_reply_to(conference):
    update(conference, contact="info@conference.example")
    refresh_site_data()
    email = queue_account_email("linh@example.org", "Code", "1234", user=None, language="en", is_secret=True)
    assert build_message(email).reply_to == ["info@conference.example"]


# “Please bring it with you”: only if the person comes.


@pytest.mark.parametrize(("mode", "text"), [("in_person", "Please bring it with you"), ("online", "You attend online")])
def test_confirmation_email_depends_on_the_mode(conference, mode, text):
    factories.make_registration(days={factories.MONDAY: mode})
    email = QueuedEmail.objects.get(email_type="confirmed")
    assert text in email.text
    assert ("bring" in email.text) == (mode == "in_person")


@pytest.mark.parametrize("mode", ["in_person", "online"])
def test_ticket_and_own_page_depend_on_the_mode(open_category, mode):
    linh = factories.make_registration(days={factories.MONDAY: mode})
    attendee = factories.client_for(linh.user)
    assert ("at the entrance" in attendee.get("/my/ticket/").text) == (mode == "in_person")
    assert ("passport or identity card" in attendee.get("/my/").text) == (mode == "in_person")
