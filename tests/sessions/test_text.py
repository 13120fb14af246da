import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from sessions.text import Text, fold
from tests import cast


def test_text_is_read_in_the_active_language():
    text = Text({"en": "peace", "vi": "hòa bình"})
    with translation.override("vi"):
        assert str(text) == "hòa bình"


def test_text_that_is_not_translated_is_read_in_the_language_there_is():
    with translation.override("vi"):
        assert Text({"en": "peace"}).pick() == ("peace", "en")


def test_text_in_vietnamese_alone_is_read_by_english_readers_too():
    assert Text({"vi": "hòa bình"}).pick("en") == ("hòa bình", "vi")


def test_empty_text_is_no_words_in_the_language_asked_for():
    assert Text({}).pick("vi") == ("", "vi")


def test_text_in_a_language_the_site_does_not_have_is_no_words():
    assert str(Text({"fr": "paix"})) == ""


def test_text_without_any_active_language_is_english():
    with translation.override(None):
        assert Text({"vi": "hòa bình", "en": "peace"}).pick() == ("peace", "en")


def test_text_is_true_only_if_there_are_words():
    assert Text({"en": "peace"})
    assert not Text({})


def test_texts_with_the_same_words_are_one():
    assert len({Text({"en": "peace", "vi": "hòa bình"}), Text({"vi": "hòa bình", "en": "peace"})}) == 1


def test_columns_of_spaces_are_not_a_text(db):
    assert not Text.of(cast.a_room("Main Hall", place_en=" \n ", place_vi=""), "place")


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
    assert fold(written) == looked_for


def test_letters_typed_with_separate_marks_are_found_all_the_same():
    assert fold("Hòa bình") == fold("Hòa bình")


@given(st.text())
def test_a_text_is_found_within_a_longer_one(text):
    assert fold(text) in fold(text + " and more")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_anything_can_be_folded(text):
    assert isinstance(fold(text), str)
