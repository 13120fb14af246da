"""Rows of the editing tables written many at a time, each with a record in its history as if it had been saved by
itself. by is whose name the records bear (without it, who is signed in), reason what they say.

Rows of one model, however many, take a few queries, and a few more for each batch that a database takes at once.
"""

from django.db import connection
from django.utils import timezone

from .models import Session

# So many keys are named in one query.
AT_ONCE = 500


def create(rows, **who):
    for model, some in _by_model(rows):
        model._base_manager.bulk_create(some)
        _remember(model, some, "+", **who)


def update(rows, **who):
    """All columns of each, like save()."""
    for model, some in _by_model(rows):
        columns = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        key = model._meta.pk.name
        # Many times as fast as bulk_update, which spells out each value of each row in a condition of its own.
        model._base_manager.bulk_create(some, update_conflicts=True, update_fields=columns, unique_fields=[key])
        _remember(model, some, "~", **who)


def delete(rows, **who):
    """Rows to which nothing else refers."""
    for model, some in _by_model(rows):
        _remember(model, some, "-", **who)
        for keys in _batches([row.pk for row in some]):
            found = model._base_manager.filter(pk__in=keys)
            # Their last records are written; nothing else waits for a signal.
            found._raw_delete(found.db)


def set_aside(model, values):
    """Let go of what is unique for the moment, without a record: values are {column: {key: value}}."""
    for column, by_key in values.items():
        model._base_manager.bulk_update([model(pk=key, **{column: value}) for key, value in by_key.items()], [column])


def tie(themes):
    """Give sessions these themes and no others: {key of the session: keys of themes}. Before the sessions are written,
    so that their records have their themes; the database checks the keys at the end of the transaction."""
    through = Session.themes.through
    for keys in _batches(list(themes)):
        through.objects.filter(session__in=keys).delete()
    through.objects.bulk_create(
        through(session_id=session, theme_id=theme) for session, tied in themes.items() for theme in tied
    )


def _by_model(rows):
    found = {}
    for row in rows:
        found.setdefault(type(row), []).append(row)
    return found.items()


def _batches(keys):
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


# A record is a copy of its row, and nothing copies rows as fast as the database itself.

COPY = (
    "INSERT INTO {record} ({columns}, history_date, history_change_reason, history_type, history_user_id) "
    "SELECT {columns}, %s, %s, %s, %s FROM {row} WHERE id IN ({keys}) ORDER BY id"
)
COPY_THEMES = (
    "INSERT INTO {record_themes} (history_id, id, session_id, theme_id) "
    "SELECT record.history_id, tie.id, tie.session_id, tie.theme_id FROM {record} record "
    "JOIN {themes} tie ON tie.session_id = record.id WHERE record.history_date = %s AND record.id IN ({keys})"
)


def _remember(model, rows, kind, *, by=None, reason=None):
    record = model.history.model
    user = by or record.get_default_history_user(rows[0])
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    tables = {
        "record": record._meta.db_table,
        "row": model._meta.db_table,
        "columns": ", ".join(connection.ops.quote_name(field.column) for field in record.tracked_fields),
    }
    with connection.cursor() as cursor:
        for keys in _batches([row.pk for row in rows]):
            keys = [model._meta.pk.get_db_prep_value(key, connection) for key in keys]
            tables["keys"] = ", ".join(["%s"] * len(keys))
            cursor.execute(COPY.format(**tables), [now, reason, kind, user and user.pk, *keys])
            # Of what is deleted, ties are gone before its last record is written.
            if model is Session and kind != "-":
                tables["themes"] = Session.themes.through._meta.db_table
                tables["record_themes"] = record.themes.model._meta.db_table
                cursor.execute(COPY_THEMES.format(**tables), [now, *keys])
