import pytest
import time_machine
from django.core.cache import caches
from django.utils import timezone, translation

from conference.core import page_cache
from conference.core.polling import PolledValue

from . import factories
from .users import admin_client_for


def pytest_collection_modifyitems(items):
    """Count browser tests as slow, so that `-m "not slow"` leaves them out too."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _clear_caches():
    PolledValue.clear_all()
    page_cache.clear()
    caches["template_fragments"].clear()


@pytest.fixture(autouse=True)
def _reset_language_and_time_zone():
    """Isolate tests from the language and time zone of other tests' requests."""
    with translation.override("en"), timezone.override(None):
        yield


@pytest.fixture
def before_conference():
    """The time is four weeks before the conference."""
    with time_machine.travel(factories.BEFORE_CONFERENCE, tick=True):
        yield


@pytest.fixture
def conference(db):
    """The conference."""
    return factories.make_conference()


@pytest.fixture
def published(conference):
    """A published Programme with a session of each status."""
    factories.make_full_programme()
    return factories.publish_release()


@pytest.fixture
def admin_client(admin_user):
    """pytest-django's fixture with a verified second factor, which the admin requires."""
    return admin_client_for(admin_user)
