import pytest

from tests.organizers import an_organizer, at_the_desk

from . import cast


@pytest.fixture
def registrar(conference):
    cast.a_house()
    return an_organizer("Registrars")


@pytest.fixture
def desk(registrar):
    """A registrar's browser."""
    return at_the_desk(registrar)
