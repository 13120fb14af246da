"""The dashboard where registration is open and lacks something without which nobody can register."""

import pytest
import time_machine

from tests.organizers import an_organizer, at_the_desk
from tests.registration.cast import a_category, a_consent
from tests.registration.visitors import NOVEMBER, a_window

NO_CATEGORY, NO_CONSENT = "there is no open category", "there is no consent text"


@pytest.fixture(autouse=True)
def _in_november(conference):
    with time_machine.travel(NOVEMBER, tick=False):
        yield


@pytest.fixture
def dashboard(conference):
    client = at_the_desk(an_organizer("Registrars"))
    return lambda: client.get("/admin/").text


def test_dashboard_with_open_registration_and_no_categories_says_so(dashboard):
    a_window()
    text = dashboard()
    assert NO_CATEGORY in text
    assert NO_CONSENT in text


def test_dashboard_with_closed_categories_only_says_so(dashboard):
    a_window(opens=5)
    a_consent()
    a_category(is_open=False)
    text = dashboard()
    assert NO_CATEGORY in text
    assert NO_CONSENT not in text


def test_dashboard_of_a_complete_registration_says_nothing(dashboard):
    a_window()
    a_consent()
    a_category()
    assert "Nobody can register" not in dashboard()


@pytest.mark.parametrize("window", [{"opens": None, "closes": None}, {"opens": -30, "closes": -1}])
def test_dashboard_without_registration_or_after_it_says_nothing(dashboard, window):
    a_window(**window)
    assert "Nobody can register" not in dashboard()
