"""Visitors who fill in the form, and open the letter with the code."""

import datetime
import re

from django.core import mail
from django.db import OperationalError, connection
from django.test import Client

from conference import site_data
from conference.mail.models import QueuedEmail
from conference.models import Conference

from .factories import make_category, make_consent_text

REGISTER_URL, FINISH_URL, CODE_URL = "/register/", "/register/finish/", "/accounts/login/code/confirm/"
DASHBOARD_URL, EDIT_URL, DAYS_URL, CANCEL_URL, DELETE_URL = (
    "/my/",
    "/my/edit/",
    "/my/days/",
    "/my/cancel/",
    "/my/erase/",
)
# All is played on this day, four weeks before the conference.
NOVEMBER = datetime.datetime(2020, 11, 10, 3, tzinfo=datetime.UTC)
EMAIL = "linh@people.example"


def open_registration(opens=-30, closes=20):
    """Registration opens and closes so many days from NOVEMBER; None is without an end."""
    moments = [None if days is None else NOVEMBER + datetime.timedelta(days=days) for days in (opens, closes)]
    Conference.objects.update(registration_opens_at=moments[0], registration_closes_at=moments[1])
    site_data.site_data_value.clear()


def make_open_form(**category):
    """What has to be there for the form to be shown: a window, a category that admits at once, a text to agree to."""
    open_registration()
    make_consent_text()
    return make_category(**{"name": "Observer", "slug": "observer"} | category)


def database_down():
    """For as long as this context lasts."""

    def refuse(*_query):
        raise OperationalError("the database is down")

    return connection.execute_wrapper(refuse)


def form_data(**changes):
    """What a browser sends; None leaves a field out."""
    sent = {
        "email": EMAIL,
        "passport_name": "Nguyen Thi Linh",
        "badge_name": "Linh",
        "country": "VN",
        "organization": "Da Nang Peace House",
        "function": "Mediator",
        "category": "observer",
        "day_2020-12-07": "in_person",
        "day_2020-12-08": "online",
        "day_2020-12-09": "",
        "online_while_waitlisted": "on",
        "languages": ["en", "vi"],
        "gender": "",
        "access": "",
        "diet": "",
        "consent": "1",
        "homepage": "",
    }
    return {name: value for name, value in (sent | changes).items() if value is not None}


def sent_codes():
    """The codes in all letters, the newest last."""
    texts = [letter.text for letter in QueuedEmail.objects.filter(is_secret=True).order_by("created_at")]
    texts += [letter.body for letter in mail.outbox]
    return [found[0] for text in texts if (found := re.search(r"\b\d{4}-\d{4}\b", text))]


def enter_code(client, code=None, **more):
    """Where one is at the end of it."""
    return client.post(CODE_URL, {"code": code or sent_codes()[-1], "next": FINISH_URL} | more, follow=True)


def register_client(client=None, **changes):
    """Somebody who has gone all the way: a browser in which they are signed in."""
    client = client or Client()
    client.post(REGISTER_URL, form_data(**changes))
    enter_code(client)
    return client


def page_text(response):
    return response.content.decode()


def form_errors(response):
    """What the form says is wrong, by field."""
    return {name: list(words) for name, words in response.context["form"].errors.items()}
