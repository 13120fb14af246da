"""Accounts, signed-in clients and content rows for tests of the admin."""

import time
from itertools import count

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group, User
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conference.models import Announcement, Country, Page, Partner

from .factories import december

PASSWORD = "a-long-enough-password"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = count(1)


def make_organizer(*groups, **changes):
    """Create a staff user in the named groups, with a verified e-mail address."""
    email = f"organizer{next(_numbers)}@conference.example"
    user = User.objects.create_user(email, email, PASSWORD, **{"is_staff": True} | changes)
    user.groups.set(Group.objects.filter(name__in=groups))
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def add_totp(user):
    """Activate an authenticator app with TOTP_SECRET for the user and return it."""
    return TOTP.activate(user, TOTP_SECRET).instance


def make_superuser():
    return make_organizer(is_superuser=True)


def admin_client_for(user, **options):
    """Return a client signed in as the user with a second factor, as allauth records it in the session."""
    client = client_without_mfa(user, **options)
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first() or add_totp(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "id": app.pk, "type": app.type}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def client_without_mfa(user, **options):
    """Return a client signed in as the user without a second factor."""
    client = Client(**options)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def get_message_texts(response):
    """Return the messages that the next page shows."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def make_page(title="", **changes):
    number = next(_numbers)
    defaults = {"title_en": title or f"Page {number}", "slug": f"page-{number}", "body_en": "Words.", "status": "live"}
    return Page.objects.create(**defaults | changes)


def make_partner(name="", **changes):
    return Partner.objects.create(**{"name_en": name or f"Partner {next(_numbers)}"} | changes)


def make_announcement(text="The hall has changed.", **changes):
    return Announcement.objects.create(**{"text_en": text, "shown_from": december(7, 9)} | changes)


def make_country(code="VN", **changes):
    """Create the changes to an entry of the list of countries, or an added entry."""
    return Country.objects.create(**{"code": code, "group": "state"} | changes)


def empty_formsets(*prefixes):
    """Return the management data of empty inline formsets."""
    return {f"{prefix}-{name}_FORMS": "0" for prefix in prefixes for name in ("TOTAL", "INITIAL")}


def form_errors(response):
    """Return the errors of an admin form by field."""
    return {name: list(messages) for name, messages in response.context["adminform"].form.errors.items()}


def count_queries(client, page):
    """Return the number of queries of a page, after a first request has filled the caches."""
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
        return len(captured)
