"""Tests of release documents and the programme loaded from them."""

import copy
import datetime
import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conference.core.i18n.text import LocalizedText
from sessions.models import Release, Session
from sessions.releases.document import load_programme
from sessions.releases.exceptions import InvalidDocumentError, UnsupportedFormatError
from sessions.releases.publish import add_revision_fields, read_draft_document
from speakers.models import Picture, Speaker

from ..factories import MALICIOUS_TEXT, december, make_room, make_session, make_speaker, publish_release

NOW = december(1, 12)


@pytest.fixture
def document(published):
    """The document of the current release, to be changed by the test."""
    return copy.deepcopy(Release.objects.get().document)


# From rows to a programme


def test_load_programme_session_has_its_fields(published):
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


def test_load_programme_session_refers_to_room_themes_and_speakers(published):
    session = published.session("opening")
    assert session.room is published.rooms[0]
    assert session.themes == published.themes[:1]
    assert [(entry.role, entry.speaker) for entry in session.participations] == [
        ("chair", published.speaker("nguyen-thi-linh")),
        ("remarks", published.speaker("ingrid-ostby")),
    ]
    assert [(link.kind, link.url) for link in session.links] == [("stream", "https://stream.example/opening")]


def test_load_programme_placeholder_has_no_speaker(published):
    entry = published.session("women-at-the-table").participations[1]
    assert entry.speaker is None
    assert str(entry.placeholder) == "Regional organization, to be announced"


def test_load_programme_room_has_its_fields(published):
    room = published.rooms[1]
    assert (str(room.name), str(room.access), room.online, room.capacity) == (
        "Blue Room",
        "No steps, induction loop",
        False,
        60,
    )
    assert room.name.by_language["vi"] == "Phòng Xanh"


def test_load_programme_theme_has_its_fields(published):
    theme = published.themes[1]
    assert (theme.number, theme.slug, theme.colour, theme.sign, str(theme.name)) == (
        4,
        "funding",
        "amber",
        "4",
        "Funding & inclusion",
    )


def test_load_programme_speaker_has_its_fields(published):
    speaker = published.speaker("nguyen-thi-linh")
    assert speaker.name == LocalizedText({"en": "Nguyen Thi Linh", "vi": "Nguyễn Thị Linh"})
    assert (speaker.country, speaker.sort_name, speaker.portrait) == ("VN", "Nguyen Thi Linh", None)
    assert [link.url for link in speaker.links] == ["https://linh.example/"]


def test_load_programme_portrait_has_its_renditions(conference):
    file = {"path": "portraits/a-320.webp", "type": "image/webp", "width": 320, "height": 400}
    portrait = Picture.objects.create(digest="a" * 64, files=[file])
    make_session(parts=[("chair", make_speaker("Linh", portrait=portrait, portrait_alt_en="Linh at a lectern"))])
    portrait = publish_release().speaker("linh").portrait
    assert str(portrait.alt) == "Linh at a lectern"
    assert [(r.path, r.width, r.height) for r in portrait.renditions] == [("portraits/a-320.webp", 320, 400)]


def test_load_programme_malicious_text_is_unchanged(published):
    assert str(published.session("budgets").summary) == MALICIOUS_TEXT


def test_draft_document_excludes_draft_sessions(published, document):
    assert "Secret" not in json.dumps(document)


def test_draft_document_excludes_speakers_of_draft_sessions(published):
    assert Speaker.objects.filter(slug="secret-guest").exists()
    assert published.speaker("secret-guest") is None


def test_load_programme_json_round_trip_is_equal(document):
    assert load_programme(json.loads(json.dumps(document))) == load_programme(document)


def test_draft_document_is_deterministic(published):
    once, twice = (add_revision_fields(read_draft_document(), None, 1, NOW) for _ in range(2))
    assert once == twice
    assert load_programme(once) == load_programme(twice)


def test_draft_document_is_plain_json(document, published):
    assert json.dumps(read_draft_document()) == json.dumps(read_draft_document(), cls=DjangoJSONEncoder)


def test_load_programme_converts_times_to_utc(document):
    session = next(s for s in document["sessions"] if s["slug"] == "opening")
    session["starts_at"] = "2020-12-07T18:00:00+07:00"
    assert load_programme(document).session("opening").starts_at == datetime.datetime(
        2020, 12, 7, 11, tzinfo=datetime.UTC
    )


# Programme


def test_programme_sessions_are_sorted_by_start_room_and_slug(conference):
    first, second = make_room(order=1), make_room(order=2)
    make_session("D", room=second)
    make_session("C", room=first)
    make_session("E")
    make_session("B", room=first, starts_at=december(7, 18), ends_at=december(7, 18, 10))
    make_session("A", starts_at=december(8, 18), ends_at=december(8, 19))
    assert [session.slug for session in publish_release().sessions] == ["b", "c", "d", "e", "a"]


def test_programme_days_include_days_of_sessions(conference):
    make_session(starts_at=december(11, 1), ends_at=december(11, 2))
    assert [day.day for day in publish_release().days] == [7, 8, 9, 11]


def test_get_neighbours_returns_sessions_of_same_day(conference):
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


def test_get_sessions_of_speaker_with_two_roles_has_no_duplicates(conference):
    speaker = make_speaker()
    make_session(parts=[("chair", speaker), ("keynote", speaker)])
    programme = publish_release()
    assert programme.get_sessions_of(programme.speakers[0]) == programme.sessions


def test_available_languages_include_interpretation(published):
    assert published.session("opening").available_languages == ("en", "vi", "fr")
    assert set(published.languages) == {"en", "vi", "fr"}


def test_programme_kinds_are_those_of_sessions(published):
    assert set(published.kinds) == {"ceremony", "exhibition", "workshop", "plenary"}


def test_programme_speakers_are_sorted_without_diacritics(conference):
    names = ["Zoe", "Østby", "Ocampo", "Đặng", "Dao", "eva"]
    make_session(parts=[("panellist", make_speaker(name)) for name in names if name != "Đặng"])
    make_session(parts=[("panellist", make_speaker("Đặng", slug="dang"))])
    assert [s.sort_name for s in publish_release().speakers] == ["Đặng", "Dao", "eva", "Ocampo", "Østby", "Zoe"]


def test_programme_without_sessions_is_valid(conference):
    programme = publish_release()
    assert (programme.sessions, len(programme.days), programme.kinds, programme.languages) == ((), 3, (), ())


# Invalid documents


@pytest.mark.parametrize(("number", "advice"), [(0, "migrate"), (1, "migrate"), (3, "Update"), (99, "Update")])
def test_load_programme_other_format_raises_with_advice(document, number, advice):
    document["format"] = number
    with pytest.raises(UnsupportedFormatError, match=f"format {number}; this software reads format 2.*{advice}"):
        load_programme(document)


def test_load_programme_newer_format_with_other_keys_raises_unsupported(document):
    with pytest.raises(UnsupportedFormatError):
        load_programme({"format": 3, "days": []})


@pytest.mark.parametrize("value", [None, [], {}, {"format": "1"}, {"format": 2}])
def test_load_programme_not_a_document_raises(value):
    with pytest.raises(InvalidDocumentError):
        load_programme(value)


@pytest.mark.parametrize("collection", ["rooms", "themes", "speakers", "sessions"])
def test_load_programme_unknown_or_missing_key_raises(document, collection):
    unknown, missing = copy.deepcopy(document), copy.deepcopy(document)
    unknown[collection][0]["unknown_key"] = "red"
    missing[collection][0].pop("slug")
    for broken in (unknown, missing):
        with pytest.raises(InvalidDocumentError, match="expected"):
            load_programme(broken)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "opening"),
        ("slug", None),
        ("kind", 5),
        ("title", "Opening"),
        ("title", {"en": None}),
        ("starts_at", "2020-12-07T18:00:00"),
        ("starts_at", "0001-01-01T00:00:00+14:00"),
        ("starts_at", 1607338800),
        ("room", "a-room"),
        ("room", "6d1e1c3a-52b5-4c0f-9d53-0c8f4c9b7a21"),
        ("themes", ["a-theme"]),
        ("languages", "en"),
        ("languages", [1]),
        ("links", [{"url": "https://example.org/"}]),
        ("participations", [{}]),
        ("sequence", "0"),
    ],
)
def test_load_programme_invalid_session_value_raises(document, field, value):
    document["sessions"][0][field] = value
    with pytest.raises(InvalidDocumentError):
        load_programme(document)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Asia"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", None),
        ("starts_on", "2020-13-01"),
        ("starts_on", None),
        ("rooms", [None]),
        ("speakers", "unknown"),
        ("former_slugs", {"sessions": {"a": "b"}, "speakers": {}}),
        ("former_slugs", {"sessions": [], "speakers": []}),
    ],
)
def test_load_programme_invalid_value_raises(document, field, value):
    document[field] = value
    with pytest.raises(InvalidDocumentError):
        load_programme(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def list_paths(value, path=()):
    """Yield the path of each key and index in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*path, key)
        yield from list_paths(inner, (*path, key))


def corrupt(document, path, change, value):
    *parents, last = path
    for key in parents:
        document = document[key]
    if change == "replace":
        document[last] = value
    elif change == "delete":
        del document[last]
    elif isinstance(document, list):
        document.insert(last, value)
    else:
        document[f"{last}_"] = document.pop(last)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(data=st.data())
def test_load_programme_corrupted_document_loads_or_raises(document, data):
    corrupted = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(list_paths(corrupted))))
        corrupt(corrupted, path, data.draw(st.sampled_from(["replace", "delete", "insert"])), data.draw(JSON))
    try:
        programme = load_programme(corrupted)
    except (InvalidDocumentError, UnsupportedFormatError):
        return
    assert_programme_works(programme)


def assert_programme_works(programme):
    """Use a programme as the pages do."""
    assert len(programme.days) >= 0
    for session in programme.sessions:
        assert programme.get_search_text(session) is not None
        assert programme.get_neighbours(session)
        assert hash(session) is not None


@given(JSON)
def test_load_programme_any_json_raises(anything):
    with pytest.raises((InvalidDocumentError, UnsupportedFormatError)):
        load_programme(anything)
