"""Missing and outdated translations in the admin."""

import pytest
from django.urls import reverse

from conference.core.admin.model_admin import get_version_token
from conference.core.i18n.translations import get_missing_translations, get_translation_status
from sessions.models import Room
from speakers.models import Speaker

from .. import factories
from ..users import admin_client_for, count_queries, make_superuser

pytestmark = pytest.mark.django_db


@pytest.fixture
def organizer_client(conference):
    return admin_client_for(make_superuser())


@pytest.fixture
def room(conference):
    return factories.make_room("Main Hall", name_vi="Hội trường lớn")


def save_room(client, room, **changes):
    data = {
        "name_en": room.name_en,
        "name_vi": room.name_vi,
        "slug": room.slug,
        "order": "0",
        "token": get_version_token(room),
    }
    assert client.post(reverse("admin:programme_room_change", args=[room.pk]), data | changes).status_code == 302
    return Room.objects.get(pk=room.pk)


# Outdated translations


def test_save_with_changed_source_marks_translation_as_stale(organizer_client, room):
    assert save_room(organizer_client, room, name_en="Great Hall").stale_translations == ["name"]


def test_save_with_changed_source_and_translation_marks_nothing(organizer_client, room):
    assert save_room(organizer_client, room, name_en="Great Hall", name_vi="Đại sảnh").stale_translations == []


@pytest.mark.parametrize("changes", [{"name_vi": "Đại sảnh"}, {"translation_is_current": "name"}])
def test_save_with_edited_or_confirmed_translation_removes_stale_mark(organizer_client, room, changes):
    room = save_room(organizer_client, room, name_en="Great Hall")
    assert save_room(organizer_client, room, **changes).stale_translations == []


def test_save_with_other_change_keeps_stale_mark(organizer_client, room):
    room = save_room(organizer_client, room, name_en="Great Hall")
    assert save_room(organizer_client, room, order="3").stale_translations == ["name"]


def test_save_without_translation_marks_nothing(organizer_client, conference):
    room = factories.make_room("Main Hall")
    assert save_room(organizer_client, room, name_en="Great Hall").stale_translations == []


# Hints in forms


def test_change_form_with_stale_translation_shows_hint_and_checkbox(organizer_client, room):
    room = save_room(organizer_client, room, name_en="Great Hall")
    page = organizer_client.get(reverse("admin:programme_room_change", args=[room.pk])).content.decode()
    assert page.count("Outdated: the source text has changed since.") == 1
    assert 'name="translation_is_current" value="name"' in page


def test_change_form_with_missing_translation_shows_hint(organizer_client):
    room = factories.make_room("Main Hall", place_en="Ground floor", place_vi="Tầng trệt")
    page = organizer_client.get(reverse("admin:programme_room_change", args=[room.pk])).content.decode()
    assert page.count("Translation missing") == 1


def test_add_form_shows_no_hint(organizer_client):
    page = organizer_client.get(reverse("admin:programme_room_add")).content.decode()
    assert "translation-hint" not in page


# The changelist


@pytest.fixture
def rooms_by_status(conference):
    return {
        "missing": factories.make_room("One"),
        "stale": factories.make_room("Two", name_vi="Hai", stale_translations=["name"]),
        "complete": factories.make_room("Three", name_vi="Ba"),
    }


def test_translation_status_tells_missing_from_outdated_and_complete(organizer_client, rooms_by_status):
    statuses = [str(get_translation_status(room)) for room in rooms_by_status.values()]
    assert statuses == ["missing", "outdated", "complete"]
    page = organizer_client.get(reverse("admin:programme_room_changelist")).content.decode()
    assert 'class="field-translation"' in page


@pytest.mark.parametrize("status", ["missing", "stale", "complete"])
def test_translation_filter_selects_rooms_with_status(organizer_client, rooms_by_status, status):
    response = organizer_client.get(reverse("admin:programme_room_changelist"), {"translation": status})
    assert list(response.context["cl"].queryset) == [rooms_by_status[status]]


def test_translation_column_needs_no_query(organizer_client, rooms_by_status):
    url = reverse("admin:programme_room_changelist")
    before = count_queries(organizer_client, url)
    factories.make_room("Four")
    assert count_queries(organizer_client, url) == before


def test_missing_translations_include_texts_without_source(conference):
    room = factories.make_room("One", name_vi="Một", access_vi="Có dốc")
    assert get_missing_translations(room) == ["access"]


def test_missing_translations_leave_out_optional_ones(conference):
    assert get_missing_translations(Speaker(name_en="Linh")) == []
