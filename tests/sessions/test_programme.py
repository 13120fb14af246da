import copy
import datetime
import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conference.core.text import LocalizedText
from sessions.models import Release, Session
from sessions.releases.document import load_programme
from sessions.releases.exceptions import InvalidDocumentError, UnsupportedFormatError
from sessions.releases.publish import add_revision_fields, read_draft_document
from speakers.models import Picture, Speaker

from ..factories import MALICIOUS_TEXT, december, make_room, make_session, make_speaker, publish_release

NOW = december(1, 12)


@pytest.fixture
def document(published):
    """The current release's document, one's own to spoil."""
    return copy.deepcopy(Release.objects.get().document)


def read(document):
    return load_programme(document)


# What rows become


def test_a_session_is_read_as_it_was_written(published):
    row, session = Session.objects.get(slug="opening"), published.session("opening")
    assert (session.id, session.slug, session.kind, session.status, session.format) == (
        row.id,
        "opening",
        "ceremony",
        "confirmed",
        "both",
    )
    assert session.title == LocalizedText({"en": "Opening", "vi": "Lễ khai mạc"})
    assert session.description == LocalizedText({"en": row.description_en})
    assert not session.notice
    assert (session.starts_at, session.ends_at) == (row.starts_at, row.ends_at)
    assert session.starts_at.tzinfo is datetime.UTC
    assert session.languages == ("en", "vi")
    assert (session.interpretation, session.captions, session.sign_languages) == (("fr",), ("en",), ("ils",))


def test_a_session_knows_its_room_themes_people_and_links(published):
    session = published.session("opening")
    assert session.room is published.rooms[0]
    assert session.themes == published.themes[:1]
    assert [(part.role, part.speaker) for part in session.participations] == [
        ("chair", published.speaker("nguyen-thi-linh")),
        ("remarks", published.speaker("ingrid-ostby")),
    ]
    assert [(link.kind, link.url) for link in session.links] == [("stream", "https://stream.example/opening")]


def test_somebody_who_is_awaited_is_words_and_no_speaker(published):
    part = published.session("women-at-the-table").participations[1]
    assert part.speaker is None
    assert str(part.placeholder) == "Regional organization, to be announced"


def test_rooms_are_read_as_they_were_written(published):
    room = published.rooms[1]
    assert (str(room.name), str(room.access), room.online, room.capacity) == (
        "Blue Room",
        "No steps, induction loop",
        False,
        60,
    )
    assert room.name.by_language["vi"] == "Phòng Xanh"


def test_themes_are_read_as_they_were_written(published):
    theme = published.themes[1]
    assert (theme.number, theme.slug, theme.colour, theme.sign, str(theme.name)) == (
        4,
        "funding",
        "amber",
        "4",
        "Funding & inclusion",
    )


def test_a_speaker_is_read_as_written(published):
    speaker = published.speaker("nguyen-thi-linh")
    assert speaker.name == LocalizedText({"en": "Nguyen Thi Linh", "vi": "Nguyễn Thị Linh"})
    assert (speaker.country, speaker.sort_name, speaker.portrait) == ("VN", "Nguyen Thi Linh", None)
    assert [link.url for link in speaker.links] == ["https://linh.example/"]


def test_a_portrait_travels_with_its_renditions(conference):
    file = {"path": "portraits/a-320.webp", "type": "image/webp", "width": 320, "height": 400}
    portrait = Picture.objects.create(digest="a" * 64, files=[file])
    make_session(parts=[("chair", make_speaker("Linh", portrait=portrait, portrait_alt_en="Linh at a desk"))])
    portrait = publish_release().speaker("linh").portrait
    assert str(portrait.alt) == "Linh at a desk"
    assert [(r.path, r.width, r.height) for r in portrait.renditions] == [("portraits/a-320.webp", 320, 400)]


def test_hostile_letters_come_through_unchanged(published):
    assert str(published.session("budgets").summary) == MALICIOUS_TEXT


def test_a_draft_is_in_no_document(published, document):
    assert "Secret" not in json.dumps(document)


def test_a_speaker_whose_only_session_is_a_draft_is_not_published(published):
    assert Speaker.objects.filter(slug="secret-guest").exists()
    assert published.speaker("secret-guest") is None


def test_a_document_survives_being_json(document):
    assert read(json.loads(json.dumps(document))) == read(document)


def test_rows_become_the_same_programme_each_time(published):
    once, twice = (add_revision_fields(read_draft_document(), None, 1, NOW) for _ in range(2))
    assert once == twice
    assert read(once) == read(twice)


def test_a_document_holds_nothing_but_json(document, published):
    assert json.dumps(read_draft_document()) == json.dumps(read_draft_document(), cls=DjangoJSONEncoder)


def test_moments_are_the_same_whatever_offset_they_are_written_with(document):
    session = next(s for s in document["sessions"] if s["slug"] == "opening")
    session["starts_at"] = "2020-12-07T18:00:00+07:00"
    assert read(document).session("opening").starts_at == datetime.datetime(2020, 12, 7, 11, tzinfo=datetime.UTC)


# Finding things


def test_sessions_are_in_order_of_start_then_room_then_address(conference):
    first, second = make_room(order=1), make_room(order=2)
    make_session("D", room=second)
    make_session("C", room=first)
    make_session("E")
    make_session("B", room=first, starts_at=december(7, 18), ends_at=december(7, 18, 10))
    make_session("A", starts_at=december(8, 18), ends_at=december(8, 19))
    assert [session.slug for session in publish_release().sessions] == ["b", "c", "d", "e", "a"]


def test_days_are_those_of_the_conference_and_those_of_sessions(conference):
    make_session(starts_at=december(11, 1), ends_at=december(11, 2))
    assert [day.day for day in publish_release().days] == [7, 8, 9, 11]


def test_neighbours_are_the_sessions_before_and_after_on_the_same_day(conference):
    make_session("A", starts_at=december(7, 18), ends_at=december(7, 19))
    make_session("B", starts_at=december(7, 19), ends_at=december(7, 20))
    make_session("C", starts_at=december(7, 20), ends_at=december(7, 21))
    make_session("D", starts_at=december(8, 18), ends_at=december(8, 19))
    programme = publish_release()
    a, b, c, d = programme.sessions
    assert programme.get_neighbours(a) == (None, b)
    assert programme.get_neighbours(b) == (a, c)
    assert programme.get_neighbours(c) == (b, None)
    assert programme.get_neighbours(d) == (None, None)


def test_a_speaker_with_two_roles_in_a_session_is_there_once(conference):
    speaker = make_speaker()
    make_session(parts=[("chair", speaker), ("keynote", speaker)])
    programme = publish_release()
    assert programme.get_sessions_of(programme.speakers[0]) == programme.sessions


def test_languages_to_follow_in_are_those_of_the_floor_and_of_interpreters(published):
    assert published.session("opening").available_languages == ("en", "vi", "fr")
    assert set(published.languages) == {"en", "vi", "fr"}


def test_kinds_are_those_that_occur(published):
    assert set(published.kinds) == {"ceremony", "exhibition", "workshop", "plenary"}


def test_speakers_are_sorted_by_name_without_marks(conference):
    names = ["Zoe", "Østby", "Ocampo", "Đặng", "Dao", "eva"]
    make_session(parts=[("panellist", make_speaker(name)) for name in names if name != "Đặng"])
    make_session(parts=[("panellist", make_speaker("Đặng", slug="dang"))])
    assert [s.sort_name for s in publish_release().speakers] == ["Đặng", "Dao", "eva", "Ocampo", "Østby", "Zoe"]


def test_a_programme_without_sessions_is_a_programme(conference):
    programme = publish_release()
    assert (programme.sessions, len(programme.days), programme.kinds, programme.languages) == ((), 3, (), ())


# What cannot be read


@pytest.mark.parametrize("number", [0, 2, 99])
def test_another_format_is_refused_and_says_what_to_do(document, number):
    document["format"] = number
    with pytest.raises(UnsupportedFormatError, match=f"format {number}; this software reads format 1.*Update"):
        read(document)


def test_a_newer_format_is_recognized_whatever_else_is_in_it(document):
    with pytest.raises(UnsupportedFormatError):
        read({"format": 2, "days": []})


@pytest.mark.parametrize("nothing", [None, [], {}, "", 1, {"format": "1"}, {"format": None}, {"format": 1}])
def test_what_is_no_programme_is_refused(nothing):
    with pytest.raises(InvalidDocumentError):
        read(nothing)


@pytest.mark.parametrize("kind", ["rooms", "themes", "speakers", "sessions"])
def test_a_key_too_many_or_too_few_is_refused_in_every_part(document, kind):
    surplus, missing = copy.deepcopy(document), copy.deepcopy(document)
    surplus[kind][0]["colour_of_the_carpet"] = "red"
    missing[kind][0].pop("slug")
    for broken in (surplus, missing):
        with pytest.raises(InvalidDocumentError, match="expected"):
            read(broken)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "opening"),
        ("slug", None),
        ("kind", 5),
        ("status", ["confirmed"]),
        ("title", "Opening"),
        ("title", {"en": None}),
        ("summary", {"en": {"vi": "x"}}),
        ("starts_at", "2020-12-07T18:00:00"),
        ("starts_at", "tomorrow"),
        ("starts_at", "0001-01-01T00:00:00+14:00"),
        ("starts_at", 1607338800),
        ("room", "a-room"),
        ("room", "6d1e1c3a-52b5-4c0f-9d53-0c8f4c9b7a21"),
        ("themes", ["a-theme"]),
        ("themes", None),
        ("languages", "en"),
        ("languages", [1]),
        ("links", [{"url": "https://example.org/"}]),
        ("participations", [{}]),
        ("participations", [[]]),
        ("sequence", "0"),
        ("sequence", None),
    ],
)
def test_a_session_with_a_wrong_value_is_refused(document, field, value):
    document["sessions"][0][field] = value
    with pytest.raises(InvalidDocumentError):
        read(document)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Asia"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", ""),
        ("time_zone", None),
        ("time_zone", []),
        ("starts_on", "2020-13-01"),
        ("starts_on", None),
        ("rooms", None),
        ("rooms", [None]),
        ("speakers", "nobody"),
        ("former_slugs", {}),
        ("former_slugs", {"sessions": {"a": "b"}, "speakers": {}}),
        ("former_slugs", {"sessions": [], "speakers": []}),
    ],
)
def test_a_programme_with_a_wrong_value_is_refused(document, field, value):
    document[field] = value
    with pytest.raises(InvalidDocumentError):
        read(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def places(value, path=()):
    """The path of every key and index in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*path, key)
        yield from places(inner, (*path, key))


def spoil(document, path, change, value):
    *way, last = path
    for key in way:
        document = document[key]
    if change == "replace":
        document[last] = value
    elif change == "delete":
        del document[last]
    elif isinstance(document, list):
        document.insert(last, value)
    else:
        document[f"{last}_"] = document.pop(last)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(data=st.data())
def test_a_spoilt_document_is_read_or_refused_and_never_anything_else(document, data):
    spoilt = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(spoilt))))
        spoil(spoilt, path, data.draw(st.sampled_from(["replace", "delete", "insert"])), data.draw(JSON))
    try:
        programme = read(spoilt)
    except (InvalidDocumentError, UnsupportedFormatError):
        return
    assert_usable(programme)


def assert_usable(programme):
    """Whatever is read can be laid out, searched and compared without an error."""
    assert len(programme.days) >= 0
    for session in programme.sessions:
        assert programme.get_search_text(session) is not None
        assert programme.get_neighbours(session)
        assert hash(session) is not None


@given(JSON)
def test_anything_that_is_json_is_refused_with_the_same_error(anything):
    with pytest.raises((InvalidDocumentError, UnsupportedFormatError)):
        read(anything)
