"""Translations that are missing, and those that no longer follow their source."""

import pytest
from django.urls import reverse

from conference.core import translations
from conference.core.admin import get_version_token
from sessions.models import Room
from speakers.models import Speaker

from .. import factories
from ..users import admin_client_for, count_queries, make_superuser

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(conference):
    return admin_client_for(make_superuser())


@pytest.fixture
def hall(conference):
    return factories.make_room("Main Hall", name_vi="Hội trường lớn")


def save(desk, room, **changes):
    sent = {
        "name_en": room.name_en,
        "name_vi": room.name_vi,
        "slug": room.slug,
        "order": "0",
        "token": get_version_token(room),
    }
    address = reverse("admin:programme_room_change", args=[room.pk])
    assert desk.post(address, sent | changes).status_code == 302
    return Room.objects.get(pk=room.pk)


def test_a_translation_is_out_of_date_once_its_source_has_changed(desk, hall):
    assert save(desk, hall, name_en="Great Hall").stale_translations == ["name"]


def test_a_translation_that_changes_with_its_source_is_not(desk, hall):
    assert save(desk, hall, name_en="Great Hall", name_vi="Đại sảnh").stale_translations == []


def test_a_translation_that_is_edited_is_no_longer_out_of_date(desk, hall):
    hall = save(desk, hall, name_en="Great Hall")
    assert save(desk, hall, name_vi="Đại sảnh").stale_translations == []


def test_a_translation_stays_out_of_date_while_something_else_changes(desk, hall):
    hall = save(desk, hall, name_en="Great Hall")
    assert save(desk, hall, order="3").stale_translations == ["name"]


def test_a_translation_can_be_said_to_be_right(desk, hall):
    hall = save(desk, hall, name_en="Great Hall")
    assert save(desk, hall, translation_is_right="name").stale_translations == []


def test_what_is_not_translated_is_not_out_of_date(desk):
    assert save(desk, factories.make_room("Main Hall"), name_en="Great Hall").stale_translations == []


def test_the_form_marks_what_is_out_of_date(desk, hall):
    hall = save(desk, hall, name_en="Great Hall")
    page = desk.get(reverse("admin:programme_room_change", args=[hall.pk])).content.decode()
    assert page.count("Outdated: the source text has changed since.") == 1
    assert 'name="translation_is_right" value="name"' in page


def test_the_form_marks_what_is_missing(desk):
    room = factories.make_room("Main Hall", place_en="Ground floor", place_vi="Tầng trệt")
    page = desk.get(reverse("admin:programme_room_change", args=[room.pk])).content.decode()
    assert page.count("Translation missing") == 1


def test_the_form_of_a_new_row_marks_nothing(desk):
    page = desk.get(reverse("admin:programme_room_add")).content.decode()
    assert "translation-mark" not in page


@pytest.fixture
def three_rooms(conference):
    return {
        "missing": factories.make_room("One"),
        "stale": factories.make_room("Two", name_vi="Hai", stale_translations=["name"]),
        "complete": factories.make_room("Three", name_vi="Ba"),
    }


def test_the_list_says_of_each_row_how_its_translation_is(desk, three_rooms):
    assert [str(translations.get_translation_status(room)) for room in three_rooms.values()] == [
        "missing",
        "outdated",
        "complete",
    ]
    page = desk.get(reverse("admin:programme_room_changelist")).content.decode()
    assert 'class="field-translation"' in page


@pytest.mark.parametrize("state", ["missing", "stale", "complete"])
def test_the_list_is_narrowed_to_a_state_of_translation(desk, three_rooms, state):
    response = desk.get(reverse("admin:programme_room_changelist"), {"translation": state})
    assert list(response.context["cl"].queryset) == [three_rooms[state]]


def test_a_text_without_its_source_is_missing_too(conference):
    assert translations.get_missing_translations(factories.make_room("One", name_vi="Một", access_vi="Có dốc")) == [
        "access"
    ]


def test_a_name_that_is_the_same_in_both_languages_is_complete(conference):
    assert translations.get_missing_translations(Speaker(name_en="Linh")) == []


def test_the_column_costs_no_query(desk, three_rooms):
    address = reverse("admin:programme_room_changelist")
    before = count_queries(desk, address)
    factories.make_room("Four")
    assert count_queries(desk, address) == before
