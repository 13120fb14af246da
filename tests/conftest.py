import pytest
from django.core.cache import caches
from django.utils import timezone, translation

from conference.core import page_cache
from conference.core.polling import PolledValue

from . import factories
from .users import admin_client_for


@pytest.fixture(autouse=True)
def _clear_caches():
    PolledValue.clear_all()
    page_cache.clear()
    caches["template_fragments"].clear()


@pytest.fixture(autouse=True)
def _reset_language_and_time_zone():
    """No test goes on in the language or zone that another one's last request left behind."""
    with translation.override("en"), timezone.override(None):
        yield


@pytest.fixture
def conference(db):
    """The conference's row."""
    return factories.make_conference()


@pytest.fixture
def published(conference):
    """A small programme with one of everything, published and read: returns the Programme."""
    factories.make_full_programme()
    return factories.publish_release()


@pytest.fixture
def admin_client(admin_user):
    """pytest-django's, with a second factor shown: without it nobody is let in."""
    return admin_client_for(admin_user)
