"""Detection of databases of development versions, whose migrations were replaced by new initial ones."""

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

FORMER_MIGRATIONS = {
    ("conference", "0002_desk"),
    ("programme", "0002_desk"),
    ("speakers", "0002_desk"),
    ("registration", "0001_people"),
    ("registration", "0002_registrars"),
}
APP_LABELS = ("conference", "mail", "programme", "registration", "speakers")


def has_former_schema(connection: BaseDatabaseWrapper) -> bool:
    """Return whether a development version created the tables of this database. Only reads."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    if applied & FORMER_MIGRATIONS:
        return True
    # The first development versions had initial migrations of the same name with fewer tables.
    tables = set(connection.introspection.table_names())
    migrated_apps = [label for label in APP_LABELS if (label, "0001_initial") in applied]
    return any(
        model._meta.db_table not in tables
        for label in migrated_apps
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    )
