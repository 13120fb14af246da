import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions.forms import AgendaFilterForm

from ..factories import MALICIOUS_TEXT, make_session, make_speaker, publish_release

ALL = {"opening", "exhibition", "women-at-the-table", "budgets", "field-visit", "commitments"}


def form(programme, query):
    return AgendaFilterForm(programme, QueryDict(query))


def found(programme, query):
    return {session.slug for session in form(programme, query).filter_sessions(programme, programme.sessions)}


def test_nothing_asked_is_everything(published):
    assert found(published, "") == ALL
    assert form(published, "").active_filters == {}


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("theme=funding", {"women-at-the-table", "budgets"}),
        ("theme=taking-part-in-peace", {"opening", "women-at-the-table"}),
        ("kind=exhibition", {"exhibition"}),
        ("kind=workshop", {"women-at-the-table", "budgets", "field-visit"}),
        ("room=blue-room", {"exhibition", "budgets"}),
        ("language=vi", {"opening", "exhibition"}),
        ("language=fr", {"opening"}),
        ("kind=workshop&room=main-hall", {"women-at-the-table"}),
        ("theme=funding&kind=ceremony", set()),
    ],
)
def test_each_answer_narrows(published, query, slugs):
    assert found(published, query) == slugs


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        ("hoa binh", {"opening", "women-at-the-table"}),
        ("HÒA BÌNH", {"opening", "women-at-the-table"}),
        ("da nang", {"opening", "women-at-the-table"}),
        ("Đà Nẵng", {"opening", "women-at-the-table"}),
        ("ostby", {"opening", "commitments"}),
        ("Østby", {"opening", "commitments"}),
        ("mediator", {"opening", "women-at-the-table"}),
        ("regional organization", {"women-at-the-table"}),
        ("trien lam", {"exhibition"}),
        ("phong xanh", {"exhibition", "budgets"}),
        ("linh welcome", {"opening"}),
        ("welcome   linh", {"opening"}),
        ("welcome budgets", set()),
        ("<script>", {"budgets"}),
        ("secret", set()),
    ],
)
def test_a_search_looks_through_titles_texts_people_rooms_and_themes_in_every_language(published, words, slugs):
    assert {
        session.slug
        for session in AgendaFilterForm(published, {"q": words}).filter_sessions(published, published.sessions)
    } == slugs


def test_a_search_finds_what_stands_in_the_other_language(published):
    with translation.override("vi"):
        assert found(published, "q=welcome") == {"opening"}


def test_spaces_alone_search_for_nothing(published):
    assert found(published, "q=+++") == ALL


@pytest.mark.parametrize("name", ["theme", "kind", "room", "language"])
def test_what_is_not_on_offer_is_said_and_left_aside(published, name):
    asked = form(published, f"{name}=nowhere&q=budgets")
    assert list(asked.errors) == [name]
    assert "nowhere" in asked.errors[name][0]
    assert asked.active_filters == {"q": "budgets"}
    assert found(published, f"{name}=nowhere&q=budgets") == {"budgets"}


def test_what_is_not_on_offer_is_shown_without_becoming_markup(published):
    assert "<script>" not in str(AgendaFilterForm(published, {"theme": MALICIOUS_TEXT}).errors)


def test_a_search_longer_than_a_hundred_letters_is_left_aside(published):
    assert found(published, "q=" + "x" * 101) == ALL


def test_only_what_occurs_is_offered(published):
    offered = {name: [value for value, _ in form(published, "").fields[name].choices] for name in ("kind", "language")}
    assert offered == {"kind": ["", *published.kinds], "language": ["", *published.languages]}


def test_choices_are_offered_in_the_readers_language(published):
    with translation.override("vi"):
        rooms = [str(label) for _, label in form(published, "").fields["room"].choices]
    assert rooms[1:] == ["Hội trường lớn", "Phòng Xanh"]


def test_of_a_question_asked_twice_the_last_answer_counts(published):
    assert found(published, "kind=ceremony&kind=exhibition") == {"exhibition"}


def test_unknown_questions_are_left_aside(published):
    assert form(published, "utm_source=x&page=2").active_filters == {}


def test_the_zone_is_no_narrowing(published):
    asked = form(published, "tz=Europe/Oslo")
    assert asked.cleaned_data["tz"] == "Europe/Oslo"
    assert asked.active_filters == {}


def test_a_session_nobody_speaks_in_is_in_no_language(conference):
    make_session("Break", kind="break", languages=[], parts=[("chair", make_speaker())])
    programme = publish_release()
    assert found(programme, "") == {"break"}
    assert programme.languages == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=st.dictionaries(st.sampled_from(["q", "theme", "kind", "room", "language", "tz"]), st.text()))
def test_whatever_is_asked_there_is_an_answer(published, query):
    asked = AgendaFilterForm(published, query)
    assert set(asked.filter_sessions(published, published.sessions)) <= set(published.sessions)
