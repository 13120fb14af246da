"""Fixtures for all tests."""

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
    """Activate English and no time zone, whatever the last request of another test activated."""
    with translation.override("en"), timezone.override(None):
        yield


@pytest.fixture
def conference(db):
    return factories.make_conference()


@pytest.fixture
def published(conference):
    """Publish a small programme with objects of every kind, and return the Programme."""
    factories.make_full_programme()
    return factories.publish_release()


@pytest.fixture
def admin_client(admin_user):
    """Return pytest-django's client, signed in with the second factor that the admin requires."""
    return admin_client_for(admin_user)
