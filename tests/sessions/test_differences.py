import copy

import pytest

from sessions.releases.diff import count_changes, diff_documents, is_empty_diff
from sessions.releases.publish import add_revision_fields, read_draft_document

from ..factories import december

NOTHING = {"added": [], "removed": [], "changed": []}


@pytest.fixture
def before(published):
    return add_revision_fields(read_draft_document(), None, 1, december(1, 12))


@pytest.fixture
def after(before):
    """The same again, one's own to change."""
    return copy.deepcopy(before)


def the(document, kind, slug):
    return next(part for part in document[kind] if part["slug"] == slug)


def test_the_same_document_twice_makes_no_difference(before, after):
    changes = diff_documents(before, after)
    assert changes == {"sessions": NOTHING, "speakers": NOTHING, "rooms": NOTHING, "themes": NOTHING, "facts": {}}
    assert is_empty_diff(changes)


def test_the_first_release_adds_everything(before):
    changes = diff_documents(None, before)
    assert [part["slug"] for part in changes["sessions"]["added"]] == [s["slug"] for s in before["sessions"]]
    assert len(changes["speakers"]["added"]) == 3
    assert [len(changes[kind]["added"]) for kind in ("rooms", "themes")] == [2, 2]
    assert changes["facts"] == {
        "time_zone": [None, "Asia/Ho_Chi_Minh"],
        "starts_on": [None, "2020-12-07"],
        "ends_on": [None, "2020-12-09"],
    }


def test_a_new_session_is_added_by_identity_address_and_title(before, after):
    opening = the(before, "sessions", "opening")
    before["sessions"].remove(opening)
    (added,) = diff_documents(before, after)["sessions"]["added"]
    assert added == {"id": opening["id"], "slug": "opening", "name": {"en": "Opening", "vi": "Lễ khai mạc"}}


def test_a_session_that_is_gone_is_removed(before, after):
    after["sessions"].remove(the(after, "sessions", "opening"))
    changes = diff_documents(before, after)["sessions"]
    assert [part["slug"] for part in changes["removed"]] == ["opening"]
    assert changes["added"] == changes["changed"] == []


def test_a_change_tells_what_was_and_what_is(before, after):
    the(after, "sessions", "opening")["status"] = "cancelled"
    (changed,) = diff_documents(before, after)["sessions"]["changed"]
    assert changed["fields"] == {"status": ["confirmed", "cancelled"]}


def test_a_change_in_one_language_alone_is_a_change(before, after):
    the(after, "sessions", "opening")["title"]["vi"] = "Khai mạc"
    assert diff_documents(before, after)["sessions"]["changed"][0]["fields"] == {
        "title": [{"en": "Opening", "vi": "Lễ khai mạc"}, {"en": "Opening", "vi": "Khai mạc"}]
    }


def test_another_room_is_told_by_name(before, after):
    the(after, "sessions", "opening")["room"] = the(after, "rooms", "blue-room")["id"]
    names = [{"en": "Main Hall", "vi": "Hội trường lớn"}, {"en": "Blue Room", "vi": "Phòng Xanh"}]
    assert diff_documents(before, after)["sessions"]["changed"][0]["fields"] == {"room": names}


def test_no_room_any_more_is_nothing_in_its_place(before, after):
    the(after, "sessions", "opening")["room"] = None
    assert diff_documents(before, after)["sessions"]["changed"][0]["fields"]["room"][1] is None


def test_a_renamed_room_changes_every_session_in_it(before, after):
    the(after, "rooms", "main-hall")["name"]["en"] = "Great Hall"
    changes = diff_documents(before, after)
    assert {part["slug"] for part in changes["sessions"]["changed"]} == {"opening", "women-at-the-table"}
    names = [{"en": name, "vi": "Hội trường lớn"} for name in ("Main Hall", "Great Hall")]
    assert [part["fields"] for part in changes["rooms"]["changed"]] == [{"name": names}]


def test_a_theme_and_a_speaker_are_told_by_name(before, after):
    session = the(after, "sessions", "budgets")
    session["themes"], session["participations"] = (
        [],
        [session["participations"][0] | {"speaker": None, "placeholder": {"en": "NN"}}],
    )
    fields = diff_documents(before, after)["sessions"]["changed"][0]["fields"]
    assert fields["themes"] == [[{"en": "Funding & inclusion", "vi": "Nguồn lực"}], []]
    assert [parts[0]["speaker"] for parts in fields["participations"]] == [{"en": "Bobby <b>Tables</b>"}, None]


def test_a_speaker_who_left_is_told_by_the_name_there_was(before, after):
    after["speakers"].remove(the(after, "speakers", "bobby-tables"))
    the(after, "sessions", "budgets")["participations"] = []
    changes = diff_documents(before, after)
    assert [part["name"] for part in changes["speakers"]["removed"]] == [{"en": "Bobby <b>Tables</b>"}]
    assert changes["sessions"]["changed"][0]["fields"]["participations"][1] == []


def test_stamps_alone_are_no_difference(before, after):
    the(after, "sessions", "opening").update(sequence=9, revised_in=9, revised_at="2026-01-01T00:00:00+00:00")
    assert is_empty_diff(diff_documents(before, after))


@pytest.mark.parametrize(("name", "value"), [("time_zone", "UTC"), ("starts_on", "2020-12-06")])
def test_another_fact_is_told_as_it_was_and_is(before, after, name, value):
    was, after[name] = after[name], value
    changes = diff_documents(before, after)
    assert changes["facts"] == {name: [was, value]}
    assert not is_empty_diff(changes)


def test_a_room_that_is_gone_is_no_other_order_of_rooms(before, after):
    for session in after["sessions"]:
        session["room"] = None
    del after["rooms"][0]
    changes = diff_documents(before, after)
    assert [part["slug"] for part in changes["rooms"]["removed"]] == ["main-hall"]
    assert changes["facts"] == {}


def test_another_order_of_rooms_is_told_by_name(before, after):
    after["rooms"].reverse()
    was, is_now = diff_documents(before, after)["facts"]["order_of_rooms"]
    assert [name["en"] for name in was] == ["Main Hall", "Blue Room"]
    assert is_now == was[::-1]


def test_of_another_time_both_ends_are_told(before, after):
    the(after, "sessions", "opening")["ends_at"] = "2020-12-07T13:00:00+00:00"
    assert diff_documents(before, after)["sessions"]["changed"][0]["fields"] == {
        "starts_at": ["2020-12-07T11:00:00+00:00"] * 2,
        "ends_at": ["2020-12-07T12:30:00+00:00", "2020-12-07T13:00:00+00:00"],
    }


def test_a_session_taken_out_keeps_its_sequence_to_go_on_from(before, after):
    the(before, "sessions", "opening")["sequence"] = 3
    after["sessions"].remove(the(after, "sessions", "opening"))
    assert diff_documents(before, after)["sessions"]["removed"][0]["sequence"] == 3


def test_what_differs_is_counted_once_however_much_of_it_does(before, after):
    the(after, "sessions", "opening").update(status="cancelled", kind="plenary")
    after["time_zone"] = "UTC"
    assert count_changes(diff_documents(before, after)) == 2
