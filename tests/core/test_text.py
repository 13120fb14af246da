"""Localized texts and normalization of texts that people type."""

import unicodedata

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from conference.core.i18n.text import (
    LocalizedText,
    extract_digits,
    make_slug,
    normalize_code,
    normalize_for_search,
    normalize_key,
)

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
        ("Łucja Wałęsa", "lucja walesa"),
        ("Işıl Yıldız", "isil yildiz"),
        ("Sæunn Þórsdóttir", "saeunn thorsdottir"),
        ("Marija Ħaġar", "marija hagar"),
        ("Nguyễn Đức Ơn", "nguyen duc on"),
        ("женщины и мир", "zhenshchiny i mir"),
        ("women’s", "women's"),
        ("pea\u00adce\u200b", "peace"),
        ("\u06e5", "\u06e5"),
    ],
)
def test_normalize_for_search_transliterates(text, expected):
    assert normalize_for_search(text) == expected


@pytest.mark.parametrize("text", ["Hòa bình", "が", "한국", "йога", "Ǭ"])
def test_normalize_for_search_with_combining_characters_gives_the_same(text):
    assert normalize_for_search(unicodedata.normalize("NFD", text)) == normalize_for_search(text)


@given(st.text())
def test_normalize_for_search_of_a_part_is_contained_in_that_of_the_whole(text):
    assert normalize_for_search(text) in normalize_for_search(text + " and more")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_normalize_for_search_accepts_any_text(text):
    assert isinstance(normalize_for_search(text), str)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Łucja Wałęsa", "lucja-walesa"),
        ("Işıl Yıldız", "isil-yildiz"),
        ("Sæunn Þórsdóttir", "saeunn-thorsdottir"),
        ("Marija Ħaġar", "marija-hagar"),
        ("Đặng Thị Ngọc Thịnh", "dang-thi-ngoc-thinh"),
        ("Women’s leadership — “now”", "womens-leadership-now"),
        ("Peace—security", "peace-security"),
        ("…", ""),
    ],
)
def test_make_slug_transliterates(title, slug):
    assert make_slug(title) == slug


@pytest.mark.parametrize(
    "typed", ["acting-early", "Acting-early", " ACTING-EARLY\u200b", "\ufeffacting-early\u00a0", "ａｃｔｉｎｇ-early"]
)
def test_normalize_key_of_one_slug_is_equal(typed):
    assert normalize_key(typed) == "acting-early"


@pytest.mark.parametrize("typed", ["Phòng  họp", "phòng họp", "PHO\u0300NG HO\u0323P", "Phòng\u00a0họp"])
def test_normalize_key_of_one_name_is_equal(typed):
    assert normalize_key(typed) == "phòng họp"


def test_normalize_key_keeps_diacritics():
    assert normalize_key("Hòa") != normalize_key("Hoa")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_normalize_key_twice_changes_nothing(text):
    assert normalize_key(normalize_key(text)) == normalize_key(text)


@pytest.mark.parametrize(
    "typed", ["12345678", "1234-5678", "1234\u00a05678\u200b", "1234–5678", "１２３４５６７８", "١٢٣٤٥٦٧٨", "۱۲۳۴۵۶۷۸"]
)
def test_extract_digits_of_any_script_and_formatting(typed):
    assert extract_digits(typed) == "12345678"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" AbC1 23\u200b", "AbC123"),
        ("aB–c\u00a0", "aB-c"),
        ("ＡＢ１２", "AB12"),
        ("AB١٢", "AB12"),
        ("\ufeffa_b.c-d\n", "a_b.c-d"),
    ],
)
def test_normalize_code_removes_formatting(typed, code):
    assert normalize_code(typed) == code
