import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from conference.core.text import LocalizedText, normalize_for_search

from .. import factories


def test_text_is_read_in_the_active_language():
    text = LocalizedText({"en": "peace", "vi": "hòa bình"})
    with translation.override("vi"):
        assert str(text) == "hòa bình"


def test_text_that_is_not_translated_is_read_in_the_language_there_is():
    with translation.override("vi"):
        assert LocalizedText({"en": "peace"}).resolve() == ("peace", "en")


def test_text_in_vietnamese_alone_is_read_by_english_readers_too():
    assert LocalizedText({"vi": "hòa bình"}).resolve("en") == ("hòa bình", "vi")


def test_empty_text_is_no_words_in_the_language_asked_for():
    assert LocalizedText({}).resolve("vi") == ("", "vi")


def test_text_in_a_language_the_site_does_not_have_is_no_words():
    assert str(LocalizedText({"fr": "paix"})) == ""


def test_text_without_any_active_language_is_english():
    with translation.override(None):
        assert LocalizedText({"vi": "hòa bình", "en": "peace"}).resolve() == ("peace", "en")


def test_text_is_true_only_if_there_are_words():
    assert LocalizedText({"en": "peace"})
    assert not LocalizedText({})


def test_texts_with_the_same_words_are_one():
    assert (
        len({LocalizedText({"en": "peace", "vi": "hòa bình"}), LocalizedText({"vi": "hòa bình", "en": "peace"})}) == 1
    )


def test_columns_of_spaces_are_not_a_text(db):
    assert not LocalizedText.of(factories.make_room("Main Hall", place_en=" \n ", place_vi=""), "place")


@pytest.mark.parametrize(
    ("written", "looked_for"),
    [
        ("Hòa bình", "hoa binh"),
        ("Hoà bình", "hoa binh"),
        ("HÒA BÌNH", "hoa binh"),
        ("Đà Nẵng", "da nang"),
        ("ĐÀ NẴNG", "da nang"),
        ("Tòng Thị Phóng", "tong thi phong"),
        ("Sørheim-Rensvik", "sorheim-rensvik"),
        ("Ósló", "oslo"),
        ("Straße", "strasse"),
        ("ﬁeld", "field"),
        ("１３２５", "1325"),
    ],
)
def test_marks_and_case_make_no_difference_to_a_search(written, looked_for):
    assert normalize_for_search(written) == looked_for


def test_letters_typed_with_separate_marks_are_found_all_the_same():
    assert normalize_for_search("Hòa bình") == normalize_for_search("Hòa bình")


@given(st.text())
def test_a_text_is_found_within_a_longer_one(text):
    assert normalize_for_search(text) in normalize_for_search(text + " and more")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_anything_can_be_folded(text):
    assert isinstance(normalize_for_search(text), str)
