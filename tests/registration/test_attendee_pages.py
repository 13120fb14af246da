"""An attendee's own pages: access, status, cancellation, downloads and erasure."""

import json
import re

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.models import (
    Category,
    ErasedRegistration,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
    Seat,
)

from ..users import admin_client_for, count_queries, make_organizer
from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    client_for,
    make_attendee,
    make_quota,
    make_registration,
    seat_statuses,
)
from .registration_flow import (
    CANCEL_URL,
    DASHBOARD_URL,
    DAYS_URL,
    DELETE_URL,
    EDIT_URL,
    REGISTER_URL,
    open_registration,
    page_text,
)

CALENDAR_URL, DATA_URL = "/my/days.ics", "/my/data.json"
PAGES = [DASHBOARD_URL, EDIT_URL, DAYS_URL, CANCEL_URL, DELETE_URL, DATA_URL, CALENDAR_URL]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_category")]


@pytest.fixture
def user():
    return make_attendee()


@pytest.fixture
def client(user):
    return client_for(user)


# Access


@pytest.mark.parametrize("page", PAGES)
def test_page_of_an_anonymous_visitor_redirects_to_sign_in(page):
    response = Client().get(page)
    assert response.headers["Location"] == f"/accounts/login/code/?next={page}"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("page", PAGES)
def test_page_is_private_and_not_cached(client, user, page):
    make_registration(user)
    response = client.get(page)
    assert response.status_code == 200
    for rule in ("no-store", "private"):
        assert rule in response.headers["Cache-Control"]
    assert "Cookie" in response.headers["Vary"]
    assert response.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("page", PAGES)
def test_page_after_sign_out_redirects(client, user, page):
    make_registration(user)
    client.get(page)
    client.post("/accounts/logout/")
    assert client.get(page).status_code == 302


@pytest.mark.parametrize("page", [DASHBOARD_URL, EDIT_URL, DATA_URL])
def test_page_with_the_id_of_another_registration_shows_the_own_one(client, user, page):
    make_registration(user, badge_name="Linh")
    other = make_registration(badge_name="Secret Guest")
    for name in ("id", "user", "registration", "pk"):
        text = page_text(client.get(page, {name: other.pk}))
        assert "Secret Guest" not in text
        assert "Linh" in text


@pytest.mark.parametrize(
    ("page", "most"), [(DASHBOARD_URL, 8), (EDIT_URL, 6), (DAYS_URL, 9), (CANCEL_URL, 6), (DELETE_URL, 6)]
)
def test_page_needs_a_bounded_number_of_queries(client, user, published, page, most):
    make_quota(MONDAY, IN_PERSON, 1)
    make_registration()
    registration = make_registration(
        user, {MONDAY: IN_PERSON, TUESDAY: ONLINE}, special_needs={"access": "a", "diet": "b"}
    )
    workflow.change_days(registration, {TUESDAY: IN_PERSON}, by=user)
    assert count_queries(client, page) <= most


def test_dashboard_queries_do_not_grow_with_the_wait_list(client, user):
    make_quota(MONDAY, IN_PERSON, 1)
    make_registration()
    make_registration(user)
    before = count_queries(client, DASHBOARD_URL)
    for _ in range(3):
        make_registration()
    assert count_queries(client, DASHBOARD_URL) == before


# Without a registration


@pytest.mark.parametrize("page", [EDIT_URL, DAYS_URL, CANCEL_URL])
@pytest.mark.parametrize("method", ["get", "post"])
def test_edit_page_without_a_registration_redirects_to_the_dashboard(client, page, method):
    assert getattr(client, method)(page).headers["Location"] == DASHBOARD_URL


def test_dashboard_without_a_registration_links_to_the_form(client):
    page = page_text(client.get(DASHBOARD_URL))
    assert "You are not registered" in page
    assert f'href="{REGISTER_URL}"' in page.partition("<main")[2]


def test_dashboard_of_an_organizer_without_a_registration_links_to_the_admin():
    page = page_text(admin_client_for(make_organizer()).get(DASHBOARD_URL))
    assert "You are not registered" in page
    assert 'href="/admin/"' in page


def test_calendar_without_a_registration_is_not_found(client):
    assert client.get(CALENDAR_URL).status_code == 404


# Status


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        (RegistrationStatus.SUBMITTED, "Under review"),
        (RegistrationStatus.APPROVED, "You are approved but have no days selected"),
        (RegistrationStatus.WAITLISTED, "You are on the wait list"),
        (RegistrationStatus.OFFERED, "A seat is offered to you"),
        (RegistrationStatus.CONFIRMED, "You are registered"),
        (RegistrationStatus.DECLINED, "Your registration was declined"),
        (RegistrationStatus.CANCELLED, "Your registration was cancelled"),
    ],
)
def test_dashboard_shows_a_heading_and_next_step_for_each_status(client, user, status, heading):
    make_registration(user)
    Registration.objects.update(status=status)
    page = page_text(client.get(DASHBOARD_URL))
    assert f"<h1>{heading}</h1>" in page
    assert re.search(r'<p class="lead">\s*\w+', page)


def test_dashboard_shows_the_status_of_each_day(client, user):
    make_quota(TUESDAY, IN_PERSON, 0)
    make_registration(user, {MONDAY: IN_PERSON, TUESDAY: IN_PERSON}, online_while_waitlisted=True)
    page = page_text(client.get(DASHBOARD_URL))
    for text in (
        "In person: confirmed",
        "In person: on the wait list, number 1",
        "Online (interim): confirmed",
        "Not attending",
    ):
        assert text in page


def test_dashboard_shows_the_position_on_the_wait_list(client, user):
    make_quota(MONDAY, IN_PERSON, 0)
    for _ in range(3):
        make_registration()
    make_registration(user)
    assert "number 4" in page_text(client.get(DASHBOARD_URL))


def test_dashboard_shows_an_offer_with_its_expiry_and_link(client, user):
    quota = make_quota(MONDAY, IN_PERSON, 0)
    make_registration(user)
    quota.seats = 1
    quota.save()
    workflow.offer_available_seats()
    page = page_text(client.get(DASHBOARD_URL))
    assert "A seat is offered to you" in page
    assert "offered to you until 12 November 2020, 10:00 (Ha Noi time)" in page
    assert re.search(r'href="/offers/[^"]+/"', page)


def test_dashboard_links_to_ticket_and_calendar_only_if_confirmed(client, user):
    make_registration(user)
    assert "/my/ticket/" in page_text(client.get(DASHBOARD_URL))
    assert CALENDAR_URL in page_text(client.get(DASHBOARD_URL))
    workflow.cancel_registration(user.registration, by=user)
    assert "/my/ticket/" not in page_text(client.get(DASHBOARD_URL))
    assert CALENDAR_URL not in page_text(client.get(DASHBOARD_URL))


def test_dashboard_history_does_not_name_organizers(client, user):
    registrar = make_organizer("Registrars")
    Category.objects.update(needs_approval=True)
    registration = make_registration(user)
    workflow.decline_registration(
        registration, by=registrar, reason=RegistrationEvent.Reason.INCOMPLETE, note="Send a <copy>."
    )
    page = page_text(client.get(DASHBOARD_URL))
    assert "You registered." in page
    assert "The organizers declined your registration." in page
    assert "Send a &lt;copy&gt;." in page
    assert registrar.email not in page


@pytest.mark.parametrize("action", RegistrationEvent.Action.values)
def test_dashboard_history_has_a_sentence_for_each_action(client, user, action):
    make_registration(user)
    RegistrationEvent.objects.update(action=action)
    sentences = re.findall(r"</time>\s*<span>(.*?)</span>", page_text(client.get(DASHBOARD_URL)), re.DOTALL)
    assert sentences
    assert all(sentence.strip() for sentence in sentences)


def test_dashboard_escapes_user_input(client, user):
    make_registration(
        user, badge_name='"><img src=x onerror=1>', special_needs={"access": "<b>x</b>", "diet": "{{ 7|add:1 }}"}
    )
    page = page_text(client.get(DASHBOARD_URL))
    assert "<img" not in page.partition("<main")[2]
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "{{ 7|add:1 }}" in page


# Cancellation


def test_cancel_page_changes_nothing(client, user):
    registration = make_registration(user)
    assert "Cancel registration" in page_text(client.get(CANCEL_URL))
    registration.refresh_from_db()
    assert registration.status == "confirmed"


def test_cancel_releases_all_seats(client, user):
    registration = make_registration(user)
    page = page_text(client.post(CANCEL_URL, follow=True))
    assert "Your registration was cancelled" in page
    assert "Register again" in page
    assert seat_statuses(registration) == {}


def test_cancel_twice_makes_one_event(client, user):
    make_registration(user)
    for _ in range(2):
        client.post(CANCEL_URL)
    assert RegistrationEvent.objects.filter(action="cancelled").count() == 1


def test_cancel_after_the_close_does_not_offer_registration(client, user):
    make_registration(user)
    client.post(CANCEL_URL)
    open_registration(-30, -1)
    assert "Register again" not in page_text(client.get(DASHBOARD_URL))


# Downloads


def test_calendar_contains_the_confirmed_days(client, user):
    make_registration(user, {TUESDAY: ONLINE})
    response = client.get(CALENDAR_URL)
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert page_text(response).count("BEGIN:VEVENT") == 1


def test_download_data_contains_everything_but_secrets(client, user):
    registration = make_registration(user, special_needs={"access": "A wheelchair place", "diet": "No nuts"})
    QueuedEmail.objects.create(
        user=user, email_type="code", to=user.email, language="en", subject="Code", text="1234-5678", is_secret=True
    )
    data = json.loads(page_text(client.get(DATA_URL)))
    assert data["account"]["email_addresses"] == [{"email": user.email, "verified": True, "primary": True}]
    assert data["registration"]["passport_name"] == registration.passport_name
    assert data["registration"]["special_needs"]["diet"] == "No nuts"
    assert data["registration"]["seats"][0]["day"] == "2020-12-07"
    assert data["registration"]["events"][0] | {"at": ""} == data["registration"]["events"][0] | {"by": "you", "at": ""}
    assert data["registration"]["consent"]["text"] == "You may keep what I tell you."
    assert len(data["emails"]) == QueuedEmail.objects.count()
    assert "1234-5678" not in str(data)


def test_download_data_does_not_name_organizers(client, user):
    registrar = make_organizer()
    Category.objects.update(needs_approval=True)
    workflow.approve_registration(make_registration(user), by=registrar)
    assert registrar.email not in page_text(client.get(DATA_URL))
    assert '"by": "organizers"' in page_text(client.get(DATA_URL))


def test_download_data_without_a_registration_has_the_account(client, user):
    assert json.loads(page_text(client.get(DATA_URL)))["registration"] is None


# Erasure


def test_erase_without_confirmation_changes_nothing(client, user):
    make_registration(user)
    assert "Erase your data?" in page_text(client.get(DELETE_URL))
    response = client.post(DELETE_URL)
    assert "Tick the box" in page_text(response)
    assert Registration.objects.exists()


def test_erase_leaves_an_anonymous_record_only(client, user):
    make_registration(user)
    response = client.post(DELETE_URL, {"confirm": "yes"})
    assert "Your data was erased" in page_text(response)
    assert user.email not in page_text(response)
    assert not Registration.objects.exists()
    assert not User.objects.filter(pk=user.pk).exists()
    assert not QueuedEmail.objects.exists()
    assert not Seat.objects.exists()
    assert ErasedRegistration.objects.count() == 1


def test_erase_ends_all_sessions(client, user):
    make_registration(user)
    client.post(DELETE_URL, {"confirm": "yes"})
    assert client.get(DASHBOARD_URL).status_code == 302
    assert not any("_auth_user_id" in session.get_decoded() for session in Session.objects.all())


def test_erase_keeps_the_account_of_an_organizer():
    organizer = make_organizer()
    make_registration(organizer)
    response = admin_client_for(organizer).post(DELETE_URL, {"confirm": "yes"})
    assert "Your organizer account is kept." in page_text(response)
    assert User.objects.filter(pk=organizer.pk).exists()
    assert not Registration.objects.exists()
