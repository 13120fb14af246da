"""Who works at the organizers' desk in the tests."""

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

from conference.models import Announcement, Page, Partner

from .factories import december

PASSWORD = "a-long-enough-password"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = count(1)


def make_organizer(*groups, **changes):
    """Somebody with an account at the desk, in the groups called so, with a confirmed address."""
    email = f"organizer{next(_numbers)}@conference.example"
    user = User.objects.create_user(email, email, PASSWORD, **{"is_staff": True} | changes)
    user.groups.set(Group.objects.filter(name__in=groups))
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def add_totp(user):
    """The same person, with a second factor: an app that knows the key SECRET."""
    return TOTP.activate(user, TOTP_SECRET).instance


def make_superuser():
    return make_organizer(is_superuser=True)


def admin_client_for(user, **options):
    """A browser in which somebody is signed in, with a second factor that was shown, as allauth writes it down."""
    client = client_without_mfa(user, **options)
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first() or add_totp(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "id": app.pk, "type": app.type}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def client_without_mfa(user, **options):
    """A browser in which somebody is signed in, without any second factor shown."""
    client = Client(**options)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def get_message_texts(response):
    """What the next page tells of what was done, sentence by sentence."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def make_page(title="", **changes):
    number = next(_numbers)
    facts = {"title_en": title or f"Page {number}", "slug": f"page-{number}", "body_en": "Words.", "status": "live"}
    return Page.objects.create(**facts | changes)


def make_partner(name="", **changes):
    return Partner.objects.create(**{"name_en": name or f"Partner {next(_numbers)}"} | changes)


def make_announcement(text="The hall has changed.", **changes):
    return Announcement.objects.create(**{"text_en": text, "shown_from": december(7, 9)} | changes)


def empty_formsets(*prefixes):
    """What a form's tables below send when nothing is in them."""
    return {f"{prefix}-{name}_FORMS": "0" for prefix in prefixes for name in ("TOTAL", "INITIAL")}


def form_errors(response):
    """What a form says is wrong, by field."""
    return {name: list(messages) for name, messages in response.context["adminform"].form.errors.items()}


def count_queries(client, page):
    """How often a page asks the database, once what is kept in memory is there."""
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
        return len(captured)
