"""Detection of databases of development versions, whose migrations were replaced by new initial ones."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
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
    initial = [(label, "0001_initial") for label in APP_LABELS if (label, "0001_initial") in applied]
    return bool(initial) and not initial_tables(initial) <= set(connection.introspection.table_names())


def initial_tables(migrations: list[tuple[str, str]]) -> set[str]:
    """Return the names of the tables that these initial migrations create."""
    state = MigrationLoader(None).project_state(migrations)
    labels = {label for label, _name in migrations}
    models = [model for model in state.apps.get_models(include_auto_created=True) if model._meta.app_label in labels]
    return {model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy}
