"""Invitations of organizers: one form, one e-mail, and at most three pages to an account with a second factor."""

import datetime
import re

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client

from conference.accounts.invitations import send_invitation
from conference.accounts.models import Invitation
from conference.mail.models import QueuedEmail

from ..outbox import send_pending_emails
from ..registration.factories import client_for, make_attendee
from ..users import PASSWORD, admin_client_for, get_message_texts, make_organizer, make_superuser
from .totp import PERIOD, can_access_admin, totp_code

pytestmark = pytest.mark.django_db

ADD_URL, LIST_URL = "/admin/accounts/invitation/add/", "/admin/accounts/invitation/"
EMAIL = "hoa@people.example"


@pytest.fixture(autouse=True)
def _in_one_totp_period():
    with time_machine.travel(PERIOD * 30 + 1, tick=False):
        yield


@pytest.fixture
def editors(db):
    return Group.objects.get(name="Programme editors")


@pytest.fixture
def admin(db):
    return admin_client_for(make_superuser())


@pytest.fixture
def invitation(editors):
    return make_invitation(editors)


def make_invitation(*groups, email=EMAIL, **values):
    invitation = Invitation(name="Hoa", email=email, **values)
    send_invitation(invitation)
    invitation.groups.set(groups)
    return invitation


def invite(client, group, **changes):
    return client.post(ADD_URL, {"name": "Hoa", "email": EMAIL, "groups": [group.pk]} | changes)


def last_link():
    return re.search(r"http://127\.0\.0\.1:8000(/accounts/invitation/\S+)", send_pending_emails()[-1].body)[1]


def test_invited_person_has_an_account_with_a_second_factor_after_two_forms(admin, editors):
    invite(admin, editors)
    emails = send_pending_emails()
    assert [email.to for email in emails] == [[EMAIL]]
    link = re.search(r"http://127\.0\.0\.1:8000(\S+)", emails[0].body)[1]
    client = Client()
    page = client.get(link).text
    assert "Programme editors" in page
    response = client.post(link, {"password": PASSWORD})
    assert response.headers["Location"] == "/accounts/2fa/app/"
    secret = client.get("/accounts/2fa/app/").context["form"].secret
    client.post("/accounts/2fa/app/", {"code": totp_code(secret)})
    assert can_access_admin(client)
    user = User.objects.get(email=EMAIL)
    assert (user.username, user.first_name, user.is_staff, user.is_superuser) == (EMAIL, "Hoa", True, False)
    assert list(user.groups.all()) == [editors]
    assert user.emailaddress_set.get().verified
    assert not QueuedEmail.objects.filter(to=EMAIL, email_type="invitation").exists()


def test_add_user_page_leads_to_the_invitation_form(admin):
    assert admin.get("/admin/auth/user/add/").headers["Location"] == ADD_URL
    page = admin.get(ADD_URL).text
    assert "Send invitation" in page
    assert "Raw passwords" not in page


@pytest.mark.parametrize("changes", [{"email": ""}, {"groups": []}, {"name": ""}, {"email": "hoa@"}])
def test_invitation_without_name_email_or_role_is_refused(admin, editors, changes):
    assert invite(admin, editors, **changes).status_code == 200
    assert not Invitation.objects.exists()
    assert not QueuedEmail.objects.exists()


def test_invitation_of_an_administrator_needs_no_group(admin):
    admin.post(ADD_URL, {"name": "Hoa", "email": EMAIL, "is_superuser": "on"})
    client = Client()
    client.post(last_link(), {"password": PASSWORD})
    assert User.objects.get(email=EMAIL).is_superuser


def test_invitation_email_is_normalized(admin, editors):
    invite(admin, editors, email=" Hoa@PEOPLE.example\u200b ")
    assert Invitation.objects.get().email == "Hoa@people.example"
    assert "is invited already" in invite(admin, editors, email="Hoa@People.Example").text


def test_invitation_of_an_organizer_is_refused(admin, editors):
    user = make_organizer()
    assert "is an organizer already" in invite(admin, editors, email=user.email).text


def test_invitation_cannot_give_more_than_the_inviter_has(editors):
    user = make_organizer("Programme editors")
    user.user_permissions.add(*Group.objects.none())
    from django.contrib.auth.models import Permission

    user.user_permissions.add(Permission.objects.get(codename="add_user"))
    client = admin_client_for(user)
    page = client.get(ADD_URL).text
    assert "Programme editors" in page
    assert "Registrars" not in page
    assert "is_superuser" not in page
    response = invite(client, Group.objects.get(name="Registrars"), is_superuser="on")
    assert response.status_code == 200
    assert not Invitation.objects.exists()


def test_invitations_are_closed_to_organizers_without_the_permission(invitation):
    client = admin_client_for(make_organizer("Registrars"))
    for url in (LIST_URL, ADD_URL, f"{LIST_URL}{invitation.pk}/change/"):
        assert client.get(url).status_code == 403


def test_link_works_once(invitation):
    link = last_link()
    Client().post(link, {"password": PASSWORD})
    second = Client()
    assert second.get(link).status_code == 404
    assert second.post(link, {"password": "another-long-password"}).status_code == 404
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)


def test_link_that_is_only_opened_stays_valid(invitation):
    link = last_link()
    Client().get(link)
    Client().head(link)
    assert Client().get(link).status_code == 200


def test_link_expires_after_seven_days(invitation):
    link = last_link()
    with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=7, minutes=1)):
        assert Client().post(link, {"password": PASSWORD}).status_code == 404
    assert not User.objects.filter(email=EMAIL).exists()


def test_weak_password_is_refused_and_the_link_stays_valid(invitation):
    link = last_link()
    assert "too short" in Client().post(link, {"password": "short"}).text
    assert Client().get(link).status_code == 200


def test_send_again_replaces_the_link(admin, invitation):
    former = last_link()
    response = admin.post(LIST_URL, {"action": "send_again", "_selected_action": [invitation.pk]})
    assert get_message_texts(response) == ["1 invitation was sent again."]
    assert Client().get(former).status_code == 404
    assert Client().get(last_link()).status_code == 200


def test_revoked_link_is_void(admin, invitation):
    link = last_link()
    admin.post(LIST_URL, {"action": "revoke", "_selected_action": [invitation.pk]})
    assert Client().get(link).status_code == 404
    admin.post(LIST_URL, {"action": "send_again", "_selected_action": [invitation.pk]})
    assert send_pending_emails()[1:] == []


def test_existing_account_gets_the_role_after_its_owner_accepts(invitation, editors):
    attendee = make_attendee(EMAIL)
    link = last_link()
    assert "account with this address already" in Client().get(link).text
    client = client_for(attendee)
    assert not attendee.is_staff
    assert client.post(link).headers["Location"] == "/admin/"
    attendee.refresh_from_db()
    assert attendee.is_staff
    assert list(attendee.groups.all()) == [editors]


def test_existing_account_of_another_person_gets_nothing(invitation):
    make_attendee(EMAIL)
    other = make_attendee()
    client = client_for(other)
    link = last_link()
    assert "signed in with another account" in client.get(link).text
    client.post(link, {"password": PASSWORD})
    assert not User.objects.filter(is_staff=True).exists()


def test_anonymous_post_for_an_existing_account_changes_nothing(invitation):
    attendee = make_attendee(EMAIL)
    Client().post(last_link(), {"password": PASSWORD})
    attendee.refresh_from_db()
    assert not attendee.is_staff
    assert not attendee.check_password(PASSWORD)


def test_account_prepared_by_an_organizer_is_opened_by_the_invitation(invitation):
    prepared = User.objects.create_user("hoa", EMAIL, "known-to-the-organizer", is_staff=True)
    Client().post(last_link(), {"password": PASSWORD})
    prepared.refresh_from_db()
    assert prepared.check_password(PASSWORD)
    assert User.objects.filter(email=EMAIL).count() == 1


def test_invitation_email_is_secret(invitation):
    assert QueuedEmail.objects.get().is_secret
    assert QueuedEmail.objects.get().expires_at == invitation.expires_at


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"is_staff": ""}, "is_staff"), ({"email": ""}, "email")],
)
def test_user_form_without_staff_status_or_email_is_refused(admin, editors, changes, field):
    user = make_organizer("Programme editors")
    data = {"first_name": "Hoa", "email": user.email, "is_active": "on", "is_staff": "on", "groups": [editors.pk]}
    response = admin.post(f"/admin/auth/user/{user.pk}/change/", data | changes)
    assert field in response.context["adminform"].form.errors
