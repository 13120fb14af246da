"""Tests of differences between release documents."""

import copy

import pytest

from sessions.releases.diff import count_changes, diff_documents, is_empty_diff
from sessions.releases.publish import add_revision_fields, read_draft_document

from ..factories import december

NO_CHANGES = {"added": [], "removed": [], "changed": []}


@pytest.fixture
def before(published):
    return add_revision_fields(read_draft_document(), None, 1, december(1, 12))


@pytest.fixture
def after(before):
    """A copy of `before` to change."""
    return copy.deepcopy(before)


def get_item(document, collection, slug):
    return next(item for item in document[collection] if item["slug"] == slug)


def test_diff_documents_equal_documents_is_empty(before, after):
    changes = diff_documents(before, after)
    assert changes == {
        "sessions": NO_CHANGES,
        "speakers": NO_CHANGES,
        "rooms": NO_CHANGES,
        "themes": NO_CHANGES,
        "conference": {},
    }
    assert is_empty_diff(changes)


def test_diff_documents_first_release_adds_everything(before):
    changes = diff_documents(None, before)
    assert [item["slug"] for item in changes["sessions"]["added"]] == [s["slug"] for s in before["sessions"]]
    assert len(changes["speakers"]["added"]) == 3
    assert [len(changes[name]["added"]) for name in ("rooms", "themes")] == [2, 2]
    assert changes["conference"].keys() == {"days", "name", "short_name", "city", "country", "time_zone"}
    assert changes["conference"]["days"] == [None, ["2020-12-07", "2020-12-09"]]


def test_diff_documents_new_session_has_id_slug_and_name(before, after):
    opening = get_item(before, "sessions", "opening")
    before["sessions"].remove(opening)
    (added,) = diff_documents(before, after)["sessions"]["added"]
    assert added == {"id": opening["id"], "slug": "opening", "name": {"en": "Opening", "vi": "Lễ khai mạc"}}


def test_diff_documents_missing_session_is_removed(before, after):
    after["sessions"].remove(get_item(after, "sessions", "opening"))
    changes = diff_documents(before, after)["sessions"]
    assert [item["slug"] for item in changes["removed"]] == ["opening"]
    assert changes["added"] == changes["changed"] == []


def test_diff_documents_changed_field_has_before_and_after(before, after):
    get_item(after, "sessions", "opening")["status"] = "cancelled"
    (changed,) = diff_documents(before, after)["sessions"]["changed"]
    assert changed["fields"] == {"status": ["confirmed", "cancelled"]}


def test_diff_documents_change_in_one_language_is_a_change(before, after):
    get_item(after, "sessions", "opening")["title"]["vi"] = "Khai mạc"
    assert diff_documents(before, after)["sessions"]["changed"][0]["fields"] == {
        "title": [{"en": "Opening", "vi": "Lễ khai mạc"}, {"en": "Opening", "vi": "Khai mạc"}]
    }


def test_diff_documents_room_is_given_by_name(before, after):
    get_item(after, "sessions", "opening")["room"] = get_item(after, "rooms", "blue-room")["id"]
    names = [{"en": "Main Hall", "vi": "Hội trường lớn"}, {"en": "Blue Room", "vi": "Phòng Xanh"}]
    assert diff_documents(before, after)["sessions"]["changed"][0]["fields"] == {"room": names}


def test_diff_documents_removed_room_of_session_is_none(before, after):
    get_item(after, "sessions", "opening")["room"] = None
    assert diff_documents(before, after)["sessions"]["changed"][0]["fields"]["room"][1] is None


def test_diff_documents_renamed_room_changes_its_sessions(before, after):
    get_item(after, "rooms", "main-hall")["name"]["en"] = "Great Hall"
    changes = diff_documents(before, after)
    assert {item["slug"] for item in changes["sessions"]["changed"]} == {"opening", "women-at-the-table"}
    names = [{"en": name, "vi": "Hội trường lớn"} for name in ("Main Hall", "Great Hall")]
    assert [item["fields"] for item in changes["rooms"]["changed"]] == [{"name": names}]


def test_diff_documents_themes_and_speakers_are_given_by_name(before, after):
    session = get_item(after, "sessions", "budgets")
    session["themes"], session["participations"] = (
        [],
        [session["participations"][0] | {"speaker": None, "placeholder": {"en": "NN"}}],
    )
    fields = diff_documents(before, after)["sessions"]["changed"][0]["fields"]
    assert fields["themes"] == [[{"en": "Funding & inclusion", "vi": "Nguồn lực"}], []]
    assert [entries[0]["speaker"] for entries in fields["participations"]] == [{"en": "Bobby <b>Tables</b>"}, None]


def test_diff_documents_removed_speaker_has_former_name(before, after):
    after["speakers"].remove(get_item(after, "speakers", "bobby-tables"))
    get_item(after, "sessions", "budgets")["participations"] = []
    changes = diff_documents(before, after)
    assert [item["name"] for item in changes["speakers"]["removed"]] == [{"en": "Bobby <b>Tables</b>"}]
    assert changes["sessions"]["changed"][0]["fields"]["participations"][1] == []


def test_diff_documents_ignores_revision_fields(before, after):
    get_item(after, "sessions", "opening").update(sequence=9, revised_in=9, revised_at="2026-01-01T00:00:00+00:00")
    assert is_empty_diff(diff_documents(before, after))


@pytest.mark.parametrize(("name", "value"), [("city", {"en": "Hue"}), ("country", "LA"), ("subtitle", {"en": "Forum"})])
def test_diff_documents_conference_field_has_before_and_after(before, after, name, value):
    old, after["conference"][name] = after["conference"][name], value
    changes = diff_documents(before, after)
    assert changes["conference"] == {name: [old, value]}
    assert not is_empty_diff(changes)


def test_diff_documents_first_and_last_day_are_one_change(before, after):
    after["conference"] |= {"starts_on": "2027-01-18", "ends_on": "2027-01-20"}
    changes = diff_documents(before, after)
    assert changes["conference"] == {"days": [["2020-12-07", "2020-12-09"], ["2027-01-18", "2027-01-20"]]}
    assert count_changes(changes) == 1


def test_diff_documents_time_zone_lists_sessions_with_another_local_time(before, after):
    after["conference"]["time_zone"] = "Asia/Tokyo"
    changes = diff_documents(before, after)
    assert changes["conference"] == {"time_zone": ["Asia/Ho_Chi_Minh", "Asia/Tokyo"]}
    assert len(changes["sessions"]["changed"]) == len(after["sessions"])
    assert changes["sessions"]["changed"][0]["fields"].keys() == {"starts_at", "ends_at"}


def test_diff_documents_time_zone_with_equal_clocks_changes_no_session(before, after):
    after["conference"]["time_zone"] = "Asia/Bangkok"
    assert diff_documents(before, after)["sessions"] == NO_CHANGES


def test_diff_documents_removed_room_does_not_change_order(before, after):
    for session in after["sessions"]:
        session["room"] = None
    del after["rooms"][0]
    changes = diff_documents(before, after)
    assert [item["slug"] for item in changes["rooms"]["removed"]] == ["main-hall"]
    assert changes["conference"] == {}


def test_diff_documents_order_of_rooms_is_given_by_name(before, after):
    after["rooms"].reverse()
    old, new = diff_documents(before, after)["conference"]["order_of_rooms"]
    assert [name["en"] for name in old] == ["Main Hall", "Blue Room"]
    assert new == old[::-1]


def test_diff_documents_changed_end_includes_start(before, after):
    get_item(after, "sessions", "opening")["ends_at"] = "2020-12-07T13:00:00+00:00"
    assert diff_documents(before, after)["sessions"]["changed"][0]["fields"] == {
        "starts_at": ["2020-12-07T11:00:00+00:00"] * 2,
        "ends_at": ["2020-12-07T12:30:00+00:00", "2020-12-07T13:00:00+00:00"],
    }


def test_diff_documents_removed_session_has_sequence(before, after):
    get_item(before, "sessions", "opening")["sequence"] = 3
    after["sessions"].remove(get_item(after, "sessions", "opening"))
    assert diff_documents(before, after)["sessions"]["removed"][0]["sequence"] == 3


def test_count_changes_counts_each_item_once(before, after):
    get_item(after, "sessions", "opening").update(status="cancelled", kind="plenary")
    after["conference"]["country"] = "LA"
    assert count_changes(diff_documents(before, after)) == 2
