"""Who works at the organizers' desk in the tests."""

from itertools import count

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conference.models import Announcement, Page, Partner

from .cast import at

PASSWORD = "a-long-enough-password"
_numbers = count(1)


def an_organizer(*groups, **changes):
    """Somebody with an account at the desk, in the groups called so, with a confirmed address."""
    email = f"organizer{next(_numbers)}@conference.example"
    user = User.objects.create_user(email, email, PASSWORD, **{"is_staff": True} | changes)
    user.groups.set(Group.objects.filter(name__in=groups))
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def the_one_who_may_do_everything():
    return an_organizer(is_superuser=True)


def at_the_desk(user, **options):
    """A browser in which somebody is signed in."""
    client = Client(**options)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def a_page(title="", **changes):
    number = next(_numbers)
    facts = {"title_en": title or f"Page {number}", "slug": f"page-{number}", "body_en": "Words.", "status": "live"}
    return Page.objects.create(**facts | changes)


def a_partner(name="", **changes):
    return Partner.objects.create(**{"name_en": name or f"Partner {next(_numbers)}"} | changes)


def an_announcement(text="The hall has changed.", **changes):
    return Announcement.objects.create(**{"text_en": text, "shown_from": at(7, 9)} | changes)


def no_rows(*prefixes):
    """What a form's tables below send when nothing is in them."""
    return {f"{prefix}-{name}_FORMS": "0" for prefix in prefixes for name in ("TOTAL", "INITIAL")}


def complaints(response):
    """What a form says is wrong, by field."""
    return {name: list(messages) for name, messages in response.context["adminform"].form.errors.items()}


def queries(client, page):
    """How often a page asks the database, once what is kept in memory is there."""
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
        return len(captured)
