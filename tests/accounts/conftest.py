import re

import pytest
from django.core.cache import cache

from conference import site_data

from ..outbox import send_pending_emails
from ..users import add_totp, make_organizer


@pytest.fixture(autouse=True)
def _clear_rate_limits(request):
    """Let every test start without earlier attempts and, if it uses the database, with a conference."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("conference")
        site_data.refresh_site_data()
    cache.clear()


@pytest.fixture
def organizer(db):
    return make_organizer("Programme editors")


@pytest.fixture
def organizer_with_totp(organizer):
    add_totp(organizer)
    return organizer


@pytest.fixture
def sent_link():
    """Return a function that returns the path of the first link in the first e-mail."""
    return lambda: re.search(r"http://127\.0\.0\.1:8000(\S+)", send_pending_emails()[0].body)[1]
