"""Detection of databases of development versions, on the database of the test run."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from conference.setup.former_schema import has_former_schema

pytestmark = pytest.mark.django_db


def test_has_former_schema_current_database_is_false():
    assert not has_former_schema(connection)


@pytest.mark.parametrize(("app", "name"), [("registration", "0001_people"), ("conference", "0002_desk")])
def test_has_former_schema_replaced_migration_is_true(app, name):
    MigrationRecorder(connection).record_applied(app, name)
    assert has_former_schema(connection)


def test_has_former_schema_missing_table_is_true():
    with connection.cursor() as cursor:
        cursor.execute("drop table programme_historicalsession")
    assert has_former_schema(connection)


def test_has_former_schema_empty_database_is_false():
    MigrationRecorder.Migration.objects.all().delete()
    assert not has_former_schema(connection)


def test_has_former_schema_missing_table_of_a_later_migration_is_false():
    with connection.cursor() as cursor:
        cursor.execute("drop table conference_setupconfirmation")
    assert not has_former_schema(connection)
