"""Localized texts and normalization for search."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from conference.core.i18n.text import LocalizedText, normalize_for_search

from .. import factories


def test_localized_text_str_is_in_the_active_language():
    text = LocalizedText({"en": "peace", "vi": "hòa bình"})
    with translation.override("vi"):
        assert str(text) == "hòa bình"


@pytest.mark.parametrize("language", ["en", "vi"])
def test_resolve_with_one_language_only_falls_back_to_it(language):
    assert LocalizedText({"en": "peace"}).resolve(language) == ("peace", "en")
    assert LocalizedText({"vi": "hòa bình"}).resolve(language) == ("hòa bình", "vi")


def test_resolve_empty_text_is_empty_in_the_requested_language():
    assert LocalizedText({}).resolve("vi") == ("", "vi")


def test_localized_text_in_unsupported_language_is_empty():
    assert str(LocalizedText({"fr": "paix"})) == ""


def test_resolve_without_active_language_is_english():
    with translation.override(None):
        assert LocalizedText({"vi": "hòa bình", "en": "peace"}).resolve() == ("peace", "en")


def test_localized_text_is_true_only_with_a_text():
    assert LocalizedText({"en": "peace"})
    assert not LocalizedText({})


def test_localized_text_hash_ignores_the_order_of_languages():
    texts = [LocalizedText({"en": "peace", "vi": "hòa bình"}), LocalizedText({"vi": "hòa bình", "en": "peace"})]
    assert len(set(texts)) == 1


def test_from_fields_with_white_space_only_is_empty(db):
    assert not LocalizedText.of(factories.make_room("Main Hall", place_en=" \n ", place_vi=""), "place")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hòa bình", "hoa binh"),
        ("Hoà bình", "hoa binh"),
        ("ĐÀ NẴNG", "da nang"),
        ("Sørheim-Rensvik", "sorheim-rensvik"),
        ("Ósló", "oslo"),
        ("Straße", "strasse"),
        ("ﬁeld", "field"),
        ("１３２５", "1325"),
    ],
)
def test_normalize_for_search_removes_case_and_diacritics(text, expected):
    assert normalize_for_search(text) == expected


def test_normalize_for_search_with_combining_characters_gives_the_same():
    assert normalize_for_search("Ho\u0300a bi\u0300nh") == normalize_for_search("H\u00f2a b\u00ecnh")


@given(st.text())
def test_normalize_for_search_of_a_part_is_contained_in_that_of_the_whole(text):
    assert normalize_for_search(text) in normalize_for_search(text + " and more")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_normalize_for_search_accepts_any_text(text):
    assert isinstance(normalize_for_search(text), str)
