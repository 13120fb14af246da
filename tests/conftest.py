import pytest
from django.core.cache import caches
from django.utils import timezone, translation

from conference.core import page_cache
from sessions.live import Live

from . import cast
from .organizers import at_the_desk


@pytest.fixture(autouse=True)
def _nothing_in_memory():
    """No test reads what another one published."""
    for live in Live.everything:
        live.forget()
    page_cache.clear()
    caches["template_fragments"].clear()


@pytest.fixture(autouse=True)
def _english_in_ha_noi():
    """No test goes on in the language or zone that another one's last request left behind."""
    with translation.override("en"), timezone.override(None):
        yield


@pytest.fixture
def conference(db):
    """The conference's row."""
    return cast.a_conference()


@pytest.fixture
def published(conference):
    """A small programme with one of everything, published and read: returns the Programme."""
    cast.the_whole_programme()
    return cast.a_release()


@pytest.fixture
def admin_client(admin_user):
    """pytest-django's, with a second factor shown: without it nobody is let in."""
    return at_the_desk(admin_user)
