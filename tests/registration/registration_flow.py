"""Steps of a registration through the site: the form, the code from the e-mail, the own page."""

import datetime
import re

from django.core import mail
from django.db import OperationalError, connection
from django.test import Client

from conference import site_data
from conference.mail.models import QueuedEmail
from conference.models import Conference

from ..factories import BEFORE_CONFERENCE
from .factories import make_category, make_consent_text

REGISTER_URL, FINISH_URL, CODE_URL = "/register/", "/register/finish/", "/accounts/login/code/confirm/"
DASHBOARD_URL, EDIT_URL, DAYS_URL, CANCEL_URL, DELETE_URL = (
    "/my/",
    "/my/edit/",
    "/my/days/",
    "/my/cancel/",
    "/my/erase/",
)
# The time of the tests.
NOVEMBER = BEFORE_CONFERENCE
EMAIL = "linh@people.example"


def open_registration(opens=-30, closes=20):
    """Set the days from NOVEMBER on which registration opens and closes; None means no limit."""
    times = [None if days is None else NOVEMBER + datetime.timedelta(days=days) for days in (opens, closes)]
    Conference.objects.update(registration_opens_at=times[0], registration_closes_at=times[1])
    site_data.site_data_value.clear()


def make_open_form(**category):
    """Make what the form needs: an open period, a category without approval, and a consent text."""
    open_registration()
    make_consent_text()
    return make_category(**{"name": "Observer", "slug": "observer"} | category)


def database_down():
    """Context in which each query raises OperationalError."""

    def refuse(*_query):
        raise OperationalError("the database is down")

    return connection.execute_wrapper(refuse)


def form_data(**changes):
    """Data of the form; None leaves a field out."""
    data = {
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
    return {name: value for name, value in (data | changes).items() if value is not None}


def sent_codes():
    """The codes in all e-mails, the newest last."""
    texts = [email.text for email in QueuedEmail.objects.filter(is_secret=True).order_by("created_at")]
    texts += [email.body for email in mail.outbox]
    return [found[0] for text in texts if (found := re.search(r"\b\d{4}-\d{4}\b", text))]


def enter_code(client, code=None, **more):
    """Submit the code and return the last response of the redirects."""
    return client.post(CODE_URL, {"code": code or sent_codes()[-1], "next": FINISH_URL} | more, follow=True)


def register_client(client=None, **changes):
    """Register and return a client in which the attendee is signed in."""
    client = client or Client()
    client.post(REGISTER_URL, form_data(**changes))
    enter_code(client)
    return client


def page_text(response):
    return response.content.decode()


def form_errors(response):
    """The form's errors by field."""
    return {name: list(messages) for name, messages in response.context["form"].errors.items()}
