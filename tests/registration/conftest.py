import pytest
from django.core.cache import cache

from ..users import admin_client_for, make_organizer, make_superuser
from . import factories
from .registration_flow import make_open_form


@pytest.fixture(autouse=True)
def _november(before_conference):
    """Nothing can be requested for days that are over."""


@pytest.fixture
def november(conference):
    """There is a conference, and no request was counted towards a rate limit."""
    cache.clear()


@pytest.fixture
def registrar(conference):
    factories.make_registration_settings()
    return make_organizer("Registrars")


@pytest.fixture
def registrar_client(registrar):
    """A client in which a registrar is signed in."""
    return admin_client_for(registrar)


@pytest.fixture
def open_category(november):
    """Registration is open, with this category, which needs no approval."""
    return make_open_form()


@pytest.fixture
def superuser_client(conference):
    factories.make_registration_settings()
    return admin_client_for(make_superuser())


@pytest.fixture
def hospitality_client(conference):
    """A client of the group that may view registrations and special needs, but decides nothing."""
    factories.make_registration_settings()
    return admin_client_for(make_organizer("Hospitality"))


@pytest.fixture
def media(conference):
    """A category that needs approval."""
    return factories.make_category("Media", name_vi="Báo chí", needs_approval=True)
