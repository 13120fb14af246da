"""Slugs made from titles."""

import pytest

from conference.core.slugs import free_slug, unique_slug
from sessions.models import Session

from .. import factories

pytestmark = pytest.mark.django_db


def test_unique_slug_with_taken_title_is_numbered():
    assert unique_slug(Session, "Mở rộng", {"mo-rong", "mo-rong-2"}.__contains__) == "mo-rong-3"


def test_unique_slug_of_title_without_letters_is_the_model_name():
    assert unique_slug(Session, "…", set().__contains__) == "session"


def test_unique_slug_of_long_title_fits_the_field_with_its_number():
    first = unique_slug(Session, "a" * 300, set().__contains__)
    assert len(unique_slug(Session, "a" * 300, {first}.__contains__)) <= 100


def test_free_slug_ignores_the_excluded_object(conference):
    session = factories.make_session("Opening", slug="opening")
    assert free_slug(Session, "Opening", exclude_pk=session.pk) == "opening"
    assert free_slug(Session, "Opening") == "opening-2"
