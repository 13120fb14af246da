import pytest
import time_machine

from ..users import admin_client_for, make_organizer, make_superuser
from . import factories
from .registration_flow import NOVEMBER


@pytest.fixture
def registrar(conference):
    factories.make_registration_settings()
    return make_organizer("Registrars")


@pytest.fixture
def registrar_client(registrar):
    """A client in which a registrar is signed in."""
    return admin_client_for(registrar)


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
def before_conference(conference):
    """Four weeks before the first day; seats are not offered for past days."""
    with time_machine.travel(NOVEMBER, tick=True):
        yield


@pytest.fixture
def media(conference):
    """A category that needs approval."""
    return factories.make_category("Media", name_vi="Báo chí", needs_approval=True)
