"""The page of figures, and what the desk's first page tells registrars."""

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

FIGURES = "/admin/registration/registration/figures/"
HOSTILE = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    with time_machine.travel(datetime.datetime(2020, 11, 10, 3, tzinfo=datetime.UTC), tick=True):
        yield


@pytest.fixture
def media(conference):
    return factories.make_category("Media", name_vi="Báo chí", needs_approval=True, order=1)


def erased(category, **changes):
    facts = {
        "submitted_on": datetime.date(2020, 11, 1),
        "category": category,
        "region": "africa",
        "status": "confirmed",
    }
    return ErasedRegistration.objects.create(
        **facts | {"gender": "female", "seats": [["2020-12-07", "in_person"]]} | changes
    )


def groups(found):
    return {group.label: (group.confirmed, group.others) for group in found if group.total}


def test_registrations_are_summed_day_by_day_on_the_conferences_clock(media):
    with timezone.override("Asia/Ho_Chi_Minh"):
        for late in ("2020-11-01T16:59", "2020-11-01T17:01", "2020-11-03T12:00"):
            with time_machine.travel(f"{late}+00:00"):
                factories.make_registration(category=media)
        first, second, last = datetime.date(2020, 11, 1), datetime.date(2020, 11, 2), datetime.date(2020, 11, 3)
        assert compute_statistics().by_date == [(first, 1, 1), (second, 1, 2), (last, 1, 3)]


def test_who_is_declined_or_cancelled_counts_over_time_only(media):
    declined, cancelled, _waiting = (factories.make_registration(category=media) for _ in range(3))
    workflow.decline_registration(declined, by=None, reason="other")
    workflow.cancel_registration(cancelled, by=None)
    found = compute_statistics()
    assert found.by_date[-1][2] == 3
    assert groups(found.categories) == {"Media": (0, 1)}


def test_people_are_counted_by_category_region_and_gender(media):
    youth = factories.make_category("Youth", order=2)
    factories.make_registration(category=media, country="NO", gender="female")
    factories.make_registration(category=youth, country="VN", gender="")
    factories.make_registration(category=youth, country="PS", gender="other")
    found = compute_statistics()
    assert groups(found.categories) == {"Media": (0, 1), "Youth": (2, 0)}
    assert groups(found.regions) == {
        "Asia-Pacific States": (1, 0),
        "Western European and other States": (0, 1),
        "Other countries and territories": (1, 0),
    }
    assert groups(found.genders) == {"Female": (0, 1), "Another": (1, 0), "Not stated": (1, 0)}


def test_every_category_region_and_gender_is_named_though_nobody_is_in_it(media):
    found = compute_statistics()
    assert [group.label for group in found.categories] == ["Media"]
    assert (len(found.regions), len(found.genders)) == (6, 4)


def test_days_are_counted_by_mode_against_their_limit(media):
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


def test_who_was_erased_is_counted(media):
    erased(media)
    erased(media, status="cancelled", submitted_on=datetime.date(2020, 11, 2))
    found = compute_statistics()
    assert found.by_date == [(datetime.date(2020, 11, 1), 1, 1), (datetime.date(2020, 11, 2), 1, 2)]
    assert groups(found.categories) == {"Media": (1, 0)}
    assert groups(found.regions) == {"African States": (1, 0)}
    assert groups(found.genders) == {"Female": (1, 0)}
    assert found.erased == 2


def test_a_seat_of_who_was_erased_counts_once_its_day_is_over(media):
    erased(media)
    assert compute_statistics().days[0].taken == 0
    with time_machine.travel("2020-12-20T03:00+00:00"):
        erased(media)
    assert compute_statistics().days[0].taken == 1


def test_the_page_draws_each_figure_with_a_title_words_and_a_table(desk, media):
    factories.make_registration(category=media)
    page = desk.get(FIGURES).text
    assert page.count('<svg class="chart') == 5
    for name in ("over-time", "days", "categories", "regions", "genders"):
        assert f'aria-labelledby="{name}-title {name}-desc"' in page
        assert f'<title id="{name}-title">' in page
    assert ("From Tuesday, 10 November 2020 to Tuesday, 10 November 2020: 1 registration in total.") in page
    assert "Media: 1, of which 0 confirmed." in page
    assert page.count('<details class="chart-table">') == 5


def test_no_drawing_carries_a_style_or_a_script(desk, media):
    factories.make_registration(category=media)
    page = desk.get(FIGURES).text
    assert "style=" not in page
    assert "onclick" not in page


def test_vietnamese_numbers_do_not_bend_the_drawing(desk, media):
    for _ in range(3):
        factories.make_registration(category=media)
    page = desk.get(f"/vi{FIGURES}").text
    assert "Báo chí" in page
    drawing = desk.get(FIGURES).text.partition('<path class="chart-line" d="')[2].partition('"')[0]
    assert f'<path class="chart-line" d="{drawing}"' in page


def test_a_hostile_category_is_text_in_the_drawing(desk):
    factories.make_category(HOSTILE, needs_approval=True)
    factories.make_registration()
    assert HOSTILE not in desk.get(FIGURES).text


def test_figures_of_nobody_can_be_looked_at(desk):
    page = desk.get(FIGURES)
    assert page.status_code == 200
    assert "No registrations yet." in page.text


def test_thirty_registrations_take_as_many_queries_as_one(desk, media):
    factories.make_registration(category=media)
    erased(media)
    for_one = count_queries(desk, FIGURES)
    for number in range(29):
        factories.make_registration(category=factories.make_category(f"Category {number} of many"), country="NO")
        erased(media)
    assert count_queries(desk, FIGURES) == for_one


@pytest.mark.parametrize("group", ["Programme editors", "Viewers", "Communications"])
def test_figures_are_for_those_who_see_registrations(conference, group):
    client = admin_client_for(make_organizer(group))
    assert client.get(FIGURES).status_code == 403
    assert client.post(FIGURES).status_code == 405


# The desk's first page


def front(client):
    return client.get("/admin/").text


def test_registrars_see_how_many_stand_where_and_who_came_last(desk, media):
    linh = factories.make_registration(category=media, badge_name="Linh")
    workflow.decline_registration(factories.make_registration(category=media), by=None, reason="other")
    page = front(desk)
    assert '<a href="/admin/registration/registration/?state__exact=submitted"><strong>1</strong> Submitted</a>' in page
    assert '<a href="/admin/registration/registration/?state__exact=declined"><strong>1</strong> Declined</a>' in page
    assert (f'href="/admin/registration/registration/{linh.pk}/review/">Review 1 pending registration</a>') in page
    assert "Linh" in page


def test_registrars_see_what_is_nearly_full(desk):
    factories.make_quota(seats=10)
    factories.make_quota(factories.TUESDAY, seats=10)
    for number in range(9):
        factories.make_registration(
            days={factories.MONDAY: Mode.IN_PERSON} | ({factories.TUESDAY: Mode.IN_PERSON} if number else {})
        )
    page = front(desk)
    assert "Monday, 7 December, in person: 9 of 10" in page
    assert "Tuesday, 8 December, in person" not in page


def test_registrars_see_that_letters_do_not_go_out(desk, media):
    factories.make_registration(category=media)
    assert "does not go out" not in front(desk)
    QueuedEmail.objects.update(created_at=timezone.now() - datetime.timedelta(hours=1))
    assert "1 e-mail could not be sent" in front(desk)


def test_a_hostile_name_is_text_on_the_first_page(desk):
    factories.make_registration(badge_name=HOSTILE, organization=HOSTILE)
    assert HOSTILE not in front(desk)


def test_registrars_see_nothing_of_the_programmes_drafts(desk):
    page = front(desk)
    assert "Coming up" not in page
    assert "Registrations" in page


@pytest.mark.parametrize("group", ["Programme editors", "Publishers", "Viewers", "Communications", "Hospitality"])
def test_others_see_nothing_of_who_registers(conference, group):
    factories.make_registration_settings()
    factories.make_registration(badge_name="Nobody’s business")
    page = front(admin_client_for(make_organizer(group)))
    assert 'id="registering"' not in page
    assert "Nobody’s business" not in page


def test_the_first_page_takes_as_many_queries_for_thirty_as_for_one(desk, media):
    factories.make_registration(category=media)
    for_one = count_queries(desk, "/admin/")
    for number in range(29):
        factories.make_registration(category=factories.make_category(f"Category {number} of many"))
    assert count_queries(desk, "/admin/") == for_one
