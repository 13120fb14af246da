"""Tests of the position of new rows."""

import pytest

from conference.core.ordering import MAX_POSITION, get_next_position
from conference.models import Page, Partner
from conference.registration.models import Category
from sessions.models import Participation, Room, SessionLink
from speakers.models import SpeakerLink

from .. import factories
from ..users import make_page, make_partner


@pytest.mark.parametrize(
    ("positions", "expected"),
    [([], 1), ([None], 1), ([0], 1), ([3, 10, None], 11), ([MAX_POSITION], MAX_POSITION)],
)
def test_get_next_position_returns_position_after_last(positions, expected):
    assert get_next_position(positions) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make_row", "queryset"),
    [
        (lambda n: factories.make_room(f"{10 - n} Room"), Room.objects),
        (lambda n: make_page(slug=f"{10 - n}-page"), Page.objects),
        (lambda n: make_partner(f"{10 - n} Partner"), Partner.objects),
        (
            lambda n: Category.objects.create(name_en=f"{10 - n} Category", slug=f"{10 - n}-category"),
            Category.objects.filter(slug__endswith="-category"),
        ),
    ],
    ids=["rooms", "pages", "partners", "categories"],
)
def test_new_row_without_position_comes_last(make_row, queryset):
    rows = [make_row(n) for n in range(3)]
    assert list(queryset.all()) == rows


@pytest.mark.django_db
def test_new_participation_comes_last_in_its_session():
    factories.make_session(parts=[("chair", factories.make_speaker())])
    session = factories.make_session(parts=[("chair", factories.make_speaker()), ("panellist", "To be named")])
    new = factories.make_participation(session, factories.make_speaker())
    assert (session.participations.last(), new.order) == (new, 2)


@pytest.mark.django_db
def test_new_links_come_last_in_their_parent():
    session = factories.make_session(links=[("stream", "https://one.example/"), ("document", "https://two.example/")])
    speaker = factories.make_speaker(links=["https://one.example/"])
    session_link = SessionLink.objects.create(session=session, kind="document", url="https://three.example/")
    speaker_link = SpeakerLink.objects.create(speaker=speaker, url="https://two.example/")
    assert (session.links.last(), speaker.links.last()) == (session_link, speaker_link)


@pytest.mark.django_db
def test_saved_row_keeps_its_position():
    first, second = factories.make_room("First"), factories.make_room("Second")
    first.save()
    assert list(Room.objects.all()) == [first, second]


@pytest.mark.django_db
def test_history_record_of_new_row_has_its_position():
    session = factories.make_session(parts=[("chair", "To be named"), ("panellist", "To be named")])
    entry = Participation.objects.create(session=session, placeholder_en="Another")
    assert entry.history.get().order == entry.order == 2
