import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions.forms import AgendaFilterForm

from ..factories import MALICIOUS_TEXT, make_session, make_speaker, publish_release

ALL_SLUGS = {"opening", "exhibition", "women-at-the-table", "budgets", "field-visit", "commitments"}


def make_form(programme, query):
    return AgendaFilterForm(programme, QueryDict(query))


def find_slugs(programme, query):
    return {session.slug for session in make_form(programme, query).filter_sessions(programme, programme.sessions)}


def test_empty_query_returns_all_sessions(published):
    assert find_slugs(published, "") == ALL_SLUGS
    assert make_form(published, "").active_filters == {}


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
def test_filters_return_matching_sessions(published, query, slugs):
    assert find_slugs(published, query) == slugs


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
def test_search_covers_titles_texts_people_rooms_and_themes_in_all_languages(published, words, slugs):
    assert {
        session.slug
        for session in AgendaFilterForm(published, {"q": words}).filter_sessions(published, published.sessions)
    } == slugs


@pytest.fixture
def punctuated(conference):
    """Sessions whose texts have punctuation and names in many spellings."""
    make_session("Women's leadership", slug="leadership")
    make_session("Peace-building, and after", slug="building")
    make_session("Peacebuilding in practice", slug="practice")
    make_session("From Ha Noi to New York", slug="journey")
    make_session("The Hanoi commitment", slug="commitment")
    make_session("Clear targets", slug="targets", parts=[("chair", make_speaker("Łucja Wałęsa"))])
    return publish_release()


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        ("women's", {"leadership"}),
        ("women\u2019s", {"leadership"}),
        ("womens", {"leadership"}),
        ("“women’s leadership”", {"leadership"}),
        ("peace,", {"building", "practice"}),
        ("peace-building", {"building", "practice"}),
        ("peace\u2013building", {"building", "practice"}),
        ("peace building", {"building", "practice"}),
        ("peacebuilding", {"building", "practice"}),
        ("peace\u00adbuilding\u200b", {"building", "practice"}),
        ("(peace)building", {"building", "practice"}),
        ("Hanoi", {"journey", "commitment"}),
        ("Ha Noi", {"journey", "commitment"}),
        ("HÀ NỘI", {"journey", "commitment"}),
        ("lucja walesa", {"targets"}),
        ("ŁUCJA", {"targets"}),
        ("…", {"leadership", "building", "practice", "journey", "commitment", "targets"}),
    ],
)
def test_search_ignores_punctuation_and_spaces(punctuated, words, slugs):
    assert {
        session.slug
        for session in AgendaFilterForm(punctuated, {"q": words}).filter_sessions(punctuated, punctuated.sessions)
    } == slugs


@pytest.mark.parametrize("words", ["art", "rtargets", "thehan"])
def test_search_does_not_match_parts_of_two_words(punctuated, words):
    results = AgendaFilterForm(punctuated, {"q": words}).filter_sessions(punctuated, punctuated.sessions)
    assert not results


def test_search_in_one_language_finds_text_in_another(published):
    with translation.override("vi"):
        assert find_slugs(published, "q=welcome") == {"opening"}


def test_search_for_spaces_returns_all_sessions(published):
    assert find_slugs(published, "q=+++") == ALL_SLUGS


@pytest.mark.parametrize("name", ["theme", "kind", "room", "language"])
def test_invalid_filter_value_is_reported_and_ignored(published, name):
    bound_form = make_form(published, f"{name}=nowhere&q=budgets")
    assert list(bound_form.errors) == [name]
    assert "nowhere" in bound_form.errors[name][0]
    assert bound_form.active_filters == {"q": "budgets"}
    assert find_slugs(published, f"{name}=nowhere&q=budgets") == {"budgets"}


def test_invalid_filter_value_is_escaped_in_the_error(published):
    assert "<script>" not in str(AgendaFilterForm(published, {"theme": MALICIOUS_TEXT}).errors)


def test_search_over_100_characters_is_ignored(published):
    assert find_slugs(published, "q=" + "x" * 101) == ALL_SLUGS


def test_choices_contain_only_values_of_the_programme(published):
    values_by_field = {
        name: [value for value, _ in make_form(published, "").fields[name].choices] for name in ("kind", "language")
    }
    assert values_by_field == {"kind": ["", *published.kinds], "language": ["", *published.languages]}


def test_choices_are_in_the_active_language(published):
    with translation.override("vi"):
        rooms = [str(label) for _, label in make_form(published, "").fields["room"].choices]
    assert rooms[1:] == ["Hội trường lớn", "Phòng Xanh"]


def test_repeated_parameter_uses_the_last_value(published):
    assert find_slugs(published, "kind=ceremony&kind=exhibition") == {"exhibition"}


def test_unknown_parameters_are_ignored(published):
    assert make_form(published, "utm_source=x&page=2").active_filters == {}


def test_time_zone_is_not_a_filter(published):
    bound_form = make_form(published, "tz=Europe/Oslo")
    assert bound_form.cleaned_data["tz"] == "Europe/Oslo"
    assert bound_form.active_filters == {}


def test_session_without_languages_adds_no_language_choice(conference):
    make_session("Break", kind="break", languages=[], parts=[("chair", make_speaker())])
    programme = publish_release()
    assert find_slugs(programme, "") == {"break"}
    assert programme.languages == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=st.dictionaries(st.sampled_from(["q", "theme", "kind", "room", "language", "tz"]), st.text()))
def test_any_query_returns_a_subset_of_the_sessions(published, query):
    bound_form = AgendaFilterForm(published, query)
    assert set(bound_form.filter_sessions(published, published.sessions)) <= set(published.sessions)
