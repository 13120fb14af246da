import pytest

from ..users import admin_client_for, make_organizer
from . import factories


@pytest.fixture
def registrar(conference):
    factories.make_registration_settings()
    return make_organizer("Registrars")


@pytest.fixture
def registrar_client(registrar):
    """A client in which a registrar is signed in."""
    return admin_client_for(registrar)
