import pytest
import time_machine

from conference.registration.check_in import offline_list, people
from conference.registration.models import Entrance

from ...factories import december
from ...users import admin_client_for, make_organizer


@pytest.fixture(autouse=True)
def _clear_memory():
    people.index.clear()
    offline_list.list_cache.clear()


@pytest.fixture
def monday(conference):
    """The time is the first evening of the conference."""
    with time_machine.travel(december(7, 17, 42), tick=True) as traveller:
        yield traveller


@pytest.fixture
def gate(conference):
    return Entrance.objects.create(name_en="Gate A", name_vi="Cổng A")


@pytest.fixture
def operator(conference):
    """A user who may check people in and nothing else."""
    return make_organizer("Door staff")


@pytest.fixture
def operator_client(operator):
    return admin_client_for(operator)


@pytest.fixture
def supervisor_client(conference):
    return admin_client_for(make_organizer("Door supervisors"))
