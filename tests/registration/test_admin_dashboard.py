"""Warnings on the dashboard while registration is open but not possible."""

import pytest

from .factories import make_category, make_consent_text
from .registration_flow import open_registration

NO_CATEGORY = "Registration is not possible: no category is open."
NO_CONSENT = "Registration is not possible: there is no consent text."

pytestmark = pytest.mark.usefixtures("november")


@pytest.fixture
def dashboard(registrar_client):
    return lambda: registrar_client.get("/admin/").text


def test_dashboard_with_open_registration_and_no_category_warns(dashboard):
    open_registration()
    text = dashboard()
    assert NO_CATEGORY in text
    assert NO_CONSENT in text


def test_dashboard_with_closed_categories_only_warns(dashboard):
    open_registration(opens=5)
    make_consent_text()
    make_category(is_open=False)
    text = dashboard()
    assert NO_CATEGORY in text
    assert NO_CONSENT not in text


def test_dashboard_with_complete_registration_has_no_warning(dashboard):
    open_registration()
    make_consent_text()
    make_category()
    assert "Registration is not possible" not in dashboard()


@pytest.mark.parametrize("window", [{"opens": None, "closes": None}, {"opens": -30, "closes": -1}])
def test_dashboard_without_open_registration_has_no_warning(dashboard, window):
    open_registration(**window)
    assert "Registration is not possible" not in dashboard()
