"""The stages of quickstart and the fictional registrations, in the database of the test run."""

import datetime
import re

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.db.models import Q

from conference.models import Announcement, Conference, Page
from conference.registration.check_in.counters import summarize_entrances
from conference.registration.days import current_day
from conference.registration.models import Category, CheckIn, Entrance, Quota, Registration, RegistrationStatus
from conference.setup.sample_people import DOMAIN, NoDaysLeftError, add_sample_people, remove_sample_people
from conference.setup.stages import Stage, load_stage
from conference.setup.steps import publish_first_release
from conference.site_data import get_site_data
from sessions.models import Release, Room, Session
from sessions.releases.current import get_programme

from .. import factories
from ..users import make_organizer

HA_NOI = datetime.timezone(datetime.timedelta(hours=7))

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def published_ids():
    """The identities of sessions as on record."""
    with transaction.atomic():
        load_stage(Stage.RECORD)
        ids = dict(Session.objects.values_list("slug", "pk"))
        transaction.set_rollback(True)
    return ids


def load_and_publish(stage):
    load_stage(stage)
    publish_first_release()
    factories.reload_site()


def load_at(stage, *moment):
    """Load a stage at a local time of Ha Noi."""
    with time_machine.travel(datetime.datetime(*moment, tzinfo=HA_NOI), tick=False):
        load_and_publish(stage)
    return Conference.objects.get()


@pytest.mark.parametrize(
    ("today", "first_day"),
    [
        ((2026, 3, 1, 12), datetime.date(2026, 12, 7)),
        ((2026, 12, 5, 23), datetime.date(2026, 12, 7)),
        ((2026, 12, 6, 0), datetime.date(2027, 12, 7)),
    ],
)
def test_stage_before_begins_on_the_next_7_december_that_is_two_days_away(today, first_day):
    assert load_at(Stage.BEFORE, *today).starts_on == first_day


@pytest.mark.parametrize("today", [(2026, 1, 1, 0), (2026, 12, 5, 23, 59)])
def test_stage_before_registration_is_open(today):
    load_at(Stage.BEFORE, *today)
    with time_machine.travel(datetime.datetime(*today, tzinfo=HA_NOI)):
        assert get_site_data().registration_phase == "open"


def test_stage_before_keeps_local_hours():
    load_at(Stage.BEFORE, 2026, 3, 1)
    opening = Session.objects.get(slug="opening")
    assert opening.starts_at == datetime.datetime(2026, 12, 7, 18, tzinfo=HA_NOI)


def test_stage_before_keeps_the_identities_of_sessions(published_ids):
    load_at(Stage.BEFORE, 2026, 3, 1)
    assert dict(Session.objects.values_list("slug", "pk")) == published_ids


def test_stage_before_announces_only_the_moved_dates_in_both_languages():
    load_at(Stage.BEFORE, 2026, 3, 1)
    announcement = Announcement.objects.get()
    assert announcement.text_en == "Trial site: the dates were moved from 7 to 9 December 2020."
    assert announcement.text_vi.endswith("ngày 7–9 tháng 12 năm 2020.")


@pytest.mark.parametrize("stage", [Stage.AFTER, Stage.RECORD])
def test_stages_on_record_show_december_2020_without_a_notice(stage):
    assert load_at(stage, 2026, 3, 1).starts_on == datetime.date(2020, 12, 7)
    assert not Announcement.objects.filter(text_en__contains="Trial site").exists()


@pytest.mark.parametrize("hour", [0, 9, 19, 23])
def test_stage_during_has_one_plenary_or_more_on_now(hour):
    load_at(Stage.DURING, 2026, 6, 10, hour, 20)
    now = datetime.datetime(2026, 6, 10, hour, 20, tzinfo=HA_NOI)
    on_now = [session for session in get_programme().sessions if session.starts_at <= now < session.ends_at]
    assert [session for session in on_now if session.kind != "exhibition"]


def test_stage_during_has_a_cancelled_and_a_moved_session_and_a_stream():
    load_at(Stage.DURING, 2026, 6, 10, 12)
    assert list(Session.objects.filter(status=Session.Status.CANCELLED).values_list("slug", flat=True)) == [
        "acting-early"
    ]
    changed = Release.objects.current().changes["sessions"]["changed"]
    assert {name for item in changed for name in item["fields"]} >= {"room", "status", "links"}
    assert Announcement.objects.filter(level=Announcement.Level.IMPORTANT).exists()


def test_stage_during_announces_the_new_room_until_the_session_ends():
    load_at(Stage.DURING, 2026, 6, 10, 12)
    announcement = Announcement.objects.get(level=Announcement.Level.IMPORTANT)
    assert announcement.shown_until == Session.objects.get(slug="rights-without-conditions").ends_at


@pytest.mark.parametrize("stage", Stage)
def test_texts_of_each_stage_announce_nothing_for_later_and_speak_of_2020_in_the_past(stage):
    load_at(stage, 2026, 6, 10, 12)
    texts = [text for language in ("en", "vi") for text in list_texts(language)]
    outdated = re.compile(r"\bannounced\b|sẽ được|in a year of|is a member of")
    assert [text for text in texts if outdated.search(text)] == []


def list_texts(language):
    """Return the texts of the conference, pages, rooms and sessions in a language."""
    fields = {
        Conference: ("notice", "introduction", "outcome", "venue"),
        Page: ("body",),
        Room: ("place", "access"),
        Session: ("title", "summary", "description"),
    }
    for model, names in fields.items():
        for row in model.objects.values_list(*(f"{name}_{language}" for name in names)):
            yield from row


def test_stage_on_an_existing_conference_changes_nothing():
    load_at(Stage.RECORD, 2026, 3, 1)
    assert not load_stage(Stage.BEFORE)
    assert Conference.objects.get().starts_on.year == 2020


def test_sample_people_have_every_status():
    with time_machine.travel(datetime.datetime(2026, 3, 1, tzinfo=HA_NOI), tick=False):
        load_and_publish(Stage.BEFORE)
        assert add_sample_people(60) == 60
    assert set(Registration.objects.values_list("status", flat=True)) == set(RegistrationStatus)
    assert not Registration.objects.exclude(user__email__endswith=f"@{DOMAIN}").exists()


def test_sample_people_during_the_conference_are_checked_in():
    with time_machine.travel(datetime.datetime(2026, 6, 10, 19, 20, tzinfo=HA_NOI), tick=False):
        load_and_publish(Stage.DURING)
        add_sample_people(60)
        entrances = {item.name: item.counters for item in summarize_entrances(current_day())}
    venue, _, room = entrances.values()
    assert list(entrances) == [
        "Gate A",
        "Gate B",
        "Workshop Room 2: Participation: women in United Nations peacekeeping",
    ]
    assert 0 < venue.inside < venue.entered < venue.expected
    assert 0 < room.inside < room.free
    check_ins = CheckIn.objects.all()
    assert (check_ins.filter(is_repeated=True).count(), check_ins.filter(direction="out").exists()) == (1, True)
    assert not check_ins.exclude(day=datetime.date(2026, 6, 10)).exists()
    remove_sample_people()
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize("stage", Stage)
def test_each_stage_has_an_entrance(stage):
    load_at(stage, 2026, 6, 10, 12)
    assert Entrance.objects.filter(session=None).exists()


def test_shipped_colours_of_categories_are_different_and_have_contrast_with_white():
    load_stage(Stage.RECORD)
    colors = list(Category.objects.values_list("color", flat=True))
    assert len(set(colors)) == len(colors) == 7
    assert min(contrast_with_white(color) for color in colors) > 4.5
    assert not Category.objects.filter(Q(handout_en="") | Q(handout_vi="")).exists()


def contrast_with_white(color):
    """Return the contrast ratio of WCAG 2.2 between a colour such as #5a2f75 and white."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_remove_sample_people_leaves_only_real_registrations_and_limits():
    make_organizer()
    with time_machine.travel(datetime.datetime(2026, 3, 1, tzinfo=HA_NOI), tick=False):
        load_and_publish(Stage.BEFORE)
        Quota.objects.create(day=datetime.date(2026, 12, 8), mode="in_person", seats=5)
        add_sample_people(8)
        call_command("remove_sample_people")
    assert Registration.objects.count() == 0
    assert list(Quota.objects.values_list("seats", flat=True)) == [5]


def test_add_sample_people_after_the_conference_is_refused():
    load_at(Stage.RECORD, 2026, 3, 1)
    with pytest.raises(NoDaysLeftError):
        add_sample_people(3)
    assert remove_sample_people() == 0
