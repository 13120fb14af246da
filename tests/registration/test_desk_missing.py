"""The dashboard where registration is open and lacks something without which nobody can register."""

import pytest
import time_machine

from ..users import admin_client_for, make_organizer
from .factories import make_category, make_consent_text
from .registration_flow import NOVEMBER, open_registration

NO_CATEGORY, NO_CONSENT = "there is no open category", "there is no consent text"


@pytest.fixture(autouse=True)
def _in_november(conference):
    with time_machine.travel(NOVEMBER, tick=False):
        yield


@pytest.fixture
def dashboard(conference):
    client = admin_client_for(make_organizer("Registrars"))
    return lambda: client.get("/admin/").text


def test_dashboard_with_open_registration_and_no_categories_says_so(dashboard):
    open_registration()
    text = dashboard()
    assert NO_CATEGORY in text
    assert NO_CONSENT in text


def test_dashboard_with_closed_categories_only_says_so(dashboard):
    open_registration(opens=5)
    make_consent_text()
    make_category(is_open=False)
    text = dashboard()
    assert NO_CATEGORY in text
    assert NO_CONSENT not in text


def test_dashboard_of_a_complete_registration_says_nothing(dashboard):
    open_registration()
    make_consent_text()
    make_category()
    assert "Nobody can register" not in dashboard()


@pytest.mark.parametrize("window", [{"opens": None, "closes": None}, {"opens": -30, "closes": -1}])
def test_dashboard_without_registration_or_after_it_says_nothing(dashboard, window):
    open_registration(**window)
    assert "Nobody can register" not in dashboard()
