"""Several registrations decided about at once: a summary before, a report after."""

import re
import time

import pytest

from conference.registration import workflow
from conference.registration.admin import bulk_actions
from conference.registration.models import Category, Mode, Registration

from ..users import admin_client_for, get_message_texts, make_organizer
from . import factories

REGISTRATIONS = "/admin/registration/registration/"
SEVERAL = f"{REGISTRATIONS}several/"
HOSTILE = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(conference):
    factories.make_registration_settings()
    factories.make_category("Media", needs_approval=True)
    return admin_client_for(make_organizer("Registrars"))


def ask(desk, action, *registrations, query=""):
    chosen = {"action": f"{action}_several", "_selected_action": [str(row.pk) for row in registrations]}
    return desk.post(REGISTRATIONS + query, chosen)


def sent_by(page):
    """What the page of the summary sends."""
    return {name: re.search(f'name="{name}" value="([^"]*)"', page.text)[1] for name in ("kind", "chosen", "query")}


def several_at_once(desk, action, *registrations, **typed):
    return desk.post(SEVERAL, sent_by(ask(desk, action, *registrations)) | typed)


def states(*registrations):
    for row in registrations:
        row.refresh_from_db()
    return [row.status for row in registrations]


def test_several_are_approved_and_no_others(desk):
    one, two, other = (factories.make_registration() for _ in range(3))
    response = several_at_once(desk, "approve", one, two)
    assert states(one, two, other) == ["confirmed", "confirmed", "submitted"]
    assert get_message_texts(response) == ["2 registrations were approved."]


def test_several_are_declined_with_one_reason_and_words(desk):
    one, two = factories.make_registration(), factories.make_registration()
    several_at_once(desk, "decline", one, two, reason="full", note="We are sorry.")
    assert states(one, two) == ["declined", "declined"]
    assert [row.events.get(action="decline").note for row in (one, two)] == ["We are sorry."] * 2


def test_without_a_reason_nobody_is_declined_and_the_summary_comes_back(desk):
    one = factories.make_registration()
    response = several_at_once(desk, "decline", one, reason="", note="We are sorry.")
    assert response.status_code == 200
    assert "We are sorry." in response.text
    assert sent_by(response)["chosen"].startswith(str(one.pk))
    assert states(one) == ["submitted"]


def test_several_are_cancelled(desk):
    one, two = factories.make_registration(), factories.make_registration()
    several_at_once(desk, "cancel", one, two)
    assert states(one, two) == ["cancelled", "cancelled"]


def test_nothing_happens_before_the_summary_is_sent(desk):
    one = factories.make_registration(badge_name=HOSTILE)
    response = ask(desk, "approve", one)
    assert "1 registration will be approved." in response.text
    assert HOSTILE not in response.text
    assert states(one) == ["submitted"]


def test_the_summary_tells_who_cannot_be_and_leaves_them_out(desk):
    one, two = factories.make_registration(), factories.make_registration(badge_name="Minh")
    workflow.decline_registration(two, by=two.user, reason="other")
    response = ask(desk, "approve", one, two)
    assert "1 registration cannot be changed and is skipped." in response.text
    assert str(two.pk) not in sent_by(response)["chosen"]
    assert [row.badge_name for row in response.context["unable"]] == ["Minh"]


def test_the_summary_tells_what_seats_would_be_left_and_who_would_wait(desk):
    factories.make_registration_settings(seats=100)
    factories.make_quota(seats=2)
    category = Category.objects.get()
    category.seats = 5
    category.save()
    rows = [
        factories.make_registration(days={factories.MONDAY: Mode.IN_PERSON, factories.TUESDAY: Mode.ONLINE})
        for _ in range(3)
    ]
    left = {
        row.name: (row.requested, row.available, row.remaining, row.waitlisted)
        for row in ask(desk, "approve", *rows).context["left"]
    }
    assert left == {
        "Monday, 7 December, in person": (3, 2, 0, 1),
        "Tuesday, 8 December, online": (3, None, None, 0),
        "Media": (3, 5, 2, 0),
        "Total on-site capacity": (3, 100, 97, 0),
    }


def test_who_changed_since_the_summary_is_left_alone_and_told(desk):
    one, two = factories.make_registration(), factories.make_registration(badge_name="Minh")
    sent = sent_by(ask(desk, "approve", one, two))
    workflow.edit_details(two, {"organization": "Another"}, by=two.user)
    response = desk.post(SEVERAL, sent)
    assert states(one, two) == ["confirmed", "submitted"]
    assert get_message_texts(response) == [
        "1 registration was approved.",
        "Not changed: “Minh”. It has changed since you opened the page.",
    ]


def test_one_that_is_not_possible_does_not_keep_the_others_from_it(desk):
    one, two = factories.make_registration(), factories.make_registration(badge_name="Minh")
    sent = sent_by(ask(desk, "approve", one, two))
    workflow.approve_registration(two, by=two.user)
    response = desk.post(SEVERAL, sent)
    assert states(one, two) == ["confirmed", "confirmed"]
    assert get_message_texts(response)[0] == "1 registration was approved."


def test_of_many_that_could_not_be_ten_are_named_and_the_others_counted(desk):
    rows = [factories.make_registration() for _ in range(12)]
    sent = sent_by(ask(desk, "cancel", *rows))
    for row in rows:
        workflow.cancel_registration(row, by=row.user)
    words = get_message_texts(desk.post(SEVERAL, sent))
    assert len(words) == 11
    assert words[-1] == "2 more were not changed."


def test_afterwards_the_list_is_as_it_was_narrowed(desk):
    one = factories.make_registration()
    page = ask(desk, "approve", one, query="?state__exact=submitted&p=0&q=linh")
    response = desk.post(SEVERAL, sent_by(page) | {"query": "status__exact=submitted&q=linh"})
    assert response.headers["Location"] == f"{REGISTRATIONS}?state__exact=submitted&q=linh"


def test_too_many_at_once_are_refused_in_words(desk, monkeypatch):
    monkeypatch.setattr(bulk_actions, "MAX_SELECTED", 2)
    rows = [factories.make_registration() for _ in range(3)]
    response = ask(desk, "approve", *rows)
    assert get_message_texts(response) == ["You have selected 3 registrations. Select at most 2."]


@pytest.mark.parametrize(
    "sent",
    [{}, {"kind": "x"}, {"kind": "approve", "chosen": "x:y"}, {"kind": "erase", "chosen": "x"}, {"chosen": ":::: \t"}],
)
def test_what_is_no_choice_does_nothing(desk, sent):
    one = factories.make_registration()
    assert desk.post(SEVERAL, sent).status_code == 302
    assert states(one) == ["submitted"]


def test_who_may_only_look_decides_about_nobody(desk):
    one = factories.make_registration()
    sent = sent_by(ask(desk, "approve", one))
    looker = admin_client_for(make_organizer("Hospitality"))
    ask(looker, "approve", one)
    assert looker.post(SEVERAL, sent).status_code == 403
    assert looker.get(SEVERAL).status_code == 405
    assert states(one) == ["submitted"]


def test_each_takes_a_few_hundredths_of_a_second(desk):
    factories.make_quota(seats=30)
    rows = [factories.make_registration() for _ in range(40)]
    sent = sent_by(ask(desk, "approve", *rows))
    start = time.process_time()
    desk.post(SEVERAL, sent)
    assert (time.process_time() - start) / 40 < 0.1
    assert Registration.objects.filter(status="confirmed").count() == 30
