"""The migration that upgrades the documents of releases to format 2, and back."""

import importlib

import pytest
from django.apps import apps
from django.db import connection

from sessions.models import Release
from sessions.releases.document import load_programme

from .. import factories

migration = importlib.import_module("sessions.migrations.0002_release_format_2")


@pytest.fixture
def original(published):
    """The document of the only release, which is then stored in format 1."""
    document = Release.objects.get().document
    migration.downgrade_documents(apps, connection.schema_editor())
    return document


def upgrade():
    migration.upgrade_documents(apps, connection.schema_editor())
    return Release.objects.get().document


def test_downgrade_documents_gives_format_1(original):
    document = Release.objects.get().document
    assert document.keys() == original.keys() - {"conference"} | {"time_zone", "starts_on", "ends_on"}
    assert document["format"] == 1


def test_upgrade_documents_gives_the_same_programme(original):
    assert upgrade() == original


def test_upgrade_documents_twice_changes_nothing(original):
    upgrade()
    assert upgrade() == original


def test_upgrade_documents_keeps_the_days_of_the_release(original, conference):
    factories.update(conference, ends_on="2020-12-30", city_en="Hue")
    facts = load_programme(upgrade()).conference
    assert (facts.ends_on.day, str(facts.city)) == (9, "Hue")


def test_upgrade_documents_without_a_conference_has_empty_names(original, conference):
    conference.delete()
    facts = load_programme(upgrade()).conference
    assert (str(facts.name), facts.country, facts.starts_on.day) == ("", "", 7)
