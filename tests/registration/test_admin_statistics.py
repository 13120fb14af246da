"""Statistics page, and the registration section of the dashboard."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.models import ErasedRegistration, Mode
from conference.registration.statistics import compute_statistics

from ..users import admin_client_for, count_queries, make_organizer
from . import factories

STATISTICS_URL = "/admin/registration/registration/statistics/"
MALICIOUS_TEXT = '"><img src=x onerror=1>'

pytestmark = pytest.mark.usefixtures("november")


def make_erased(category, **changes):
    values = {
        "submitted_on": datetime.date(2020, 11, 1),
        "category": category,
        "region": "africa",
        "status": "confirmed",
    }
    return ErasedRegistration.objects.create(
        **values | {"gender": "female", "seats": [["2020-12-07", "in_person"]]} | changes
    )


def group_counts(groups):
    return {group.label: (group.confirmed, group.others) for group in groups if group.total}


def test_statistics_by_date_use_the_active_time_zone(media):
    with timezone.override("Asia/Ho_Chi_Minh"):
        for time in ("2020-11-01T16:59", "2020-11-01T17:01", "2020-11-03T12:00"):
            with time_machine.travel(f"{time}+00:00"):
                factories.make_registration(category=media)
        first, second, last = datetime.date(2020, 11, 1), datetime.date(2020, 11, 2), datetime.date(2020, 11, 3)
        assert compute_statistics().by_date == [(first, 1, 1), (second, 1, 2), (last, 1, 3)]


def test_statistics_count_closed_registrations_over_time_only(media):
    declined, cancelled, _pending = (factories.make_registration(category=media) for _ in range(3))
    workflow.decline_registration(declined, by=None, reason="other")
    workflow.cancel_registration(cancelled, by=None)
    statistics = compute_statistics()
    assert statistics.by_date[-1][2] == 3
    assert group_counts(statistics.categories) == {"Media": (0, 1)}


def test_statistics_count_by_category_region_and_gender(media):
    youth = factories.make_category("Youth", order=2)
    factories.make_registration(category=media, country="NO", gender="female")
    factories.make_registration(category=youth, country="VN", gender="")
    factories.make_registration(category=youth, country="PS", gender="other")
    statistics = compute_statistics()
    assert group_counts(statistics.categories) == {"Media": (0, 1), "Youth": (2, 0)}
    assert group_counts(statistics.regions) == {
        "Asia-Pacific States": (1, 0),
        "Western European and other States": (0, 1),
        "Other countries and territories": (1, 0),
    }
    assert group_counts(statistics.genders) == {"Female": (0, 1), "Another": (1, 0), "Not stated": (1, 0)}


def test_statistics_include_empty_groups(media):
    statistics = compute_statistics()
    assert [group.label for group in statistics.categories] == ["Media"]
    assert (len(statistics.regions), len(statistics.genders)) == (6, 4)


def test_statistics_count_days_by_mode_and_limit(media):
    factories.make_quota(seats=1)
    youth = factories.make_category("Youth")
    for _ in range(2):
        factories.make_registration(
            category=youth, days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE}
        )
    rows = {(row.day.day, row.mode.value): (row.taken, row.waitlisted, row.limit) for row in compute_statistics().days}
    assert rows[7, "in_person"] == (1, 1, 1)
    assert rows[8, "online"] == (2, 0, None)
    assert len(rows) == 6


def test_statistics_include_erased_registrations(media):
    make_erased(media)
    make_erased(media, status="cancelled", submitted_on=datetime.date(2020, 11, 2))
    statistics = compute_statistics()
    assert statistics.by_date == [(datetime.date(2020, 11, 1), 1, 1), (datetime.date(2020, 11, 2), 1, 2)]
    assert group_counts(statistics.categories) == {"Media": (1, 0)}
    assert group_counts(statistics.regions) == {"African States": (1, 0)}
    assert group_counts(statistics.genders) == {"Female": (1, 0)}
    assert statistics.erased == 2


def test_statistics_count_erased_seats_of_past_days_only(media):
    make_erased(media)
    assert compute_statistics().days[0].taken == 0
    with time_machine.travel("2020-12-20T03:00+00:00"):
        make_erased(media)
    assert compute_statistics().days[0].taken == 1


def test_statistics_page_has_a_text_alternative_and_table_for_each_chart(registrar_client, media):
    factories.make_registration(category=media)
    page = registrar_client.get(STATISTICS_URL).text
    assert page.count('<svg class="chart') == 5
    for name in ("over-time", "days", "categories", "regions", "genders"):
        assert f'aria-labelledby="{name}-title {name}-desc"' in page
        assert f'<title id="{name}-title">' in page
    assert ("From Tuesday, 10 November 2020 to Tuesday, 10 November 2020: 1 registration in total.") in page
    assert "Media: 1, of which 0 confirmed." in page
    assert page.count('<details class="chart-table">') == 5


def test_statistics_page_has_no_inline_style_or_script(registrar_client, media):
    factories.make_registration(category=media)
    page = registrar_client.get(STATISTICS_URL).text
    assert "style=" not in page
    assert "onclick" not in page


def test_statistics_page_in_vietnamese_has_the_same_paths(registrar_client, media):
    for _ in range(3):
        factories.make_registration(category=media)
    page = registrar_client.get(f"/vi{STATISTICS_URL}").text
    assert "Báo chí" in page
    path = registrar_client.get(STATISTICS_URL).text.partition('<path class="chart-line" d="')[2].partition('"')[0]
    assert f'<path class="chart-line" d="{path}"' in page


def test_statistics_page_escapes_malicious_text(registrar_client):
    factories.make_category(MALICIOUS_TEXT, needs_approval=True)
    factories.make_registration()
    assert MALICIOUS_TEXT not in registrar_client.get(STATISTICS_URL).text


def test_statistics_page_without_registrations_succeeds(registrar_client):
    page = registrar_client.get(STATISTICS_URL)
    assert page.status_code == 200
    assert "No registrations yet." in page.text


@pytest.mark.slow
def test_statistics_page_query_count_is_independent_of_registrations(registrar_client, media):
    factories.make_registration(category=media)
    make_erased(media)
    for_one = count_queries(registrar_client, STATISTICS_URL)
    for number in range(29):
        factories.make_registration(category=factories.make_category(f"Category {number} of many"), country="NO")
        make_erased(media)
    assert count_queries(registrar_client, STATISTICS_URL) == for_one


@pytest.mark.parametrize("group", ["Programme editors", "Communications"])
def test_statistics_page_for_other_groups_is_forbidden(conference, group):
    client = admin_client_for(make_organizer(group))
    assert client.get(STATISTICS_URL).status_code == 403
    assert client.post(STATISTICS_URL).status_code == 405


# Dashboard


def dashboard_text(client):
    return client.get("/admin/").text


def test_dashboard_shows_counts_by_status_and_latest_registrations(registrar_client, media):
    linh = factories.make_registration(category=media, badge_name="Linh")
    workflow.decline_registration(factories.make_registration(category=media), by=None, reason="other")
    page = dashboard_text(registrar_client)
    assert (
        '<a href="/admin/registration/registration/?status__exact=submitted"><strong>1</strong> Submitted</a>' in page
    )
    assert '<a href="/admin/registration/registration/?status__exact=declined"><strong>1</strong> Declined</a>' in page
    assert (f'href="/admin/registration/registration/{linh.pk}/review/">Review 1 pending registration</a>') in page
    assert "Linh" in page


def test_dashboard_shows_nearly_full_limits(registrar_client):
    factories.make_quota(seats=10)
    factories.make_quota(factories.TUESDAY, seats=10)
    for number in range(9):
        factories.make_registration(
            days={factories.MONDAY: Mode.IN_PERSON} | ({factories.TUESDAY: Mode.IN_PERSON} if number else {})
        )
    page = dashboard_text(registrar_client)
    assert "Monday, 7 December, in person: 9 of 10" in page
    assert "Tuesday, 8 December, in person" not in page


def test_dashboard_shows_overdue_emails(registrar_client, media):
    factories.make_registration(category=media)
    assert "could not be sent" not in dashboard_text(registrar_client)
    QueuedEmail.objects.update(created_at=timezone.now() - datetime.timedelta(hours=1))
    assert "1 e-mail could not be sent" in dashboard_text(registrar_client)


def test_dashboard_escapes_malicious_text(registrar_client):
    factories.make_registration(badge_name=MALICIOUS_TEXT, organization=MALICIOUS_TEXT)
    assert MALICIOUS_TEXT not in dashboard_text(registrar_client)


def test_dashboard_for_registrars_has_no_programme_section(registrar_client):
    page = dashboard_text(registrar_client)
    assert "Coming up" not in page
    assert "Registrations" in page


@pytest.mark.parametrize("group", ["Programme editors", "Hospitality"])
def test_dashboard_for_other_groups_has_no_registration_section(conference, group):
    factories.make_registration_settings()
    factories.make_registration(badge_name="Private name")
    page = dashboard_text(admin_client_for(make_organizer(group)))
    assert 'id="registrations"' not in page
    assert "Private name" not in page


@pytest.mark.slow
def test_dashboard_query_count_is_independent_of_registrations(registrar_client, media):
    factories.make_registration(category=media)
    for_one = count_queries(registrar_client, "/admin/")
    for number in range(29):
        factories.make_registration(category=factories.make_category(f"Category {number} of many"))
    assert count_queries(registrar_client, "/admin/") == for_one
