"""Detection of concurrent edits: what others changed between opening a form and saving it.

A page carries a version token of the object it shows: a short hash of each field, many-to-many relation and child
object. So no model needs a version field, every way of saving is covered, and the changed fields are known. The stored
values are compared under a row lock, so that the second of two concurrent saves sees the first. (On SQLite every
transaction locks the database when it begins.)
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import Model
from django.utils.translation import gettext as _

from conference.core.versioning.formatting import RelatedNames, format_value, get_field_label
from conference.core.versioning.snapshot import (
    child_relations,
    editable_fields,
    get_field_values,
    m2m_fields,
    short_hash,
    take_snapshot,
)
from conference.core.versioning.timeline import get_last_changes


@dataclass(frozen=True)
class FieldConflict:
    """A field that another user changed, with formatted values.

    resolution is whose value the form shows now: "theirs" or "yours". timestamp is None if no change is recorded.
    """

    name: str
    label: str
    theirs: str
    yours: str = ""
    user: str = ""
    timestamp: datetime | None = None
    resolution: str = "theirs"

    def __str__(self) -> str:
        """Describe the conflict in a sentence, for pages without room for a table."""
        values = {
            "field": self.label,
            "theirs": self.theirs or _("(empty)"),
            "yours": self.yours or _("(empty)"),
            "who": self.user or _("Another user"),
        }
        return (
            _("%(who)s changed “%(field)s” to “%(theirs)s”; your value is “%(yours)s”. Save again to keep yours.")
            % values
        )


class EditConflictError(Exception):
    """The stored object differs from the one that was shown. version_token is that of the stored object."""

    def __init__(self, instance: Model, conflicts: list[FieldConflict], version_token: str):
        super().__init__(instance, conflicts, version_token)
        self.instance, self.conflicts, self.version_token = instance, conflicts, version_token

    def __str__(self) -> str:
        return _("Not saved: another person changed this entry after you opened it.")


class EditConflict:
    """Comparison of a stored object with a version token. only limits it to some of the object's own fields."""

    def __init__(self, instance: Model, version_token: str, only: Collection[str] | None = None):
        self.instance = instance
        # The token comes from the browser, so unknown names are left out.
        self.shown_hashes = {
            name: value for name, value in parse_qsl(version_token) if is_snapshot_name(type(instance), name)
        }
        values = take_snapshot(instance) if only is None else get_field_values(instance)
        self.current_values = {name: values[name] for name in values if only is None or name in only}

    @cached_property
    def changed_fields(self) -> list[str]:
        """The snapshot names whose values differ, including child objects that were added or deleted."""
        hashes = {name: short_hash(value) for name, value in self.current_values.items()}
        names = {**self.current_values, **self.shown_hashes}
        return [name for name in names if hashes.get(name) != self.shown_hashes.get(name)]

    def is_unchanged(self, name: str, value: Any) -> bool:
        """Return whether a submitted value equals the one that was shown."""
        return short_hash(value) == self.shown_hashes.get(name)

    def conflicts(self, submitted: Mapping[str, Any] | None = None) -> list[FieldConflict]:
        """Return the changed fields, formatted, with user and time. submitted are the user's own values by name."""
        submitted = submitted or {}
        names = RelatedNames(type(self.instance), [self.current_values, submitted])
        last_changes = get_last_changes(self.instance, self.changed_fields)
        return [
            self.make_field_conflict(name, names, submitted, *last_changes.get(name, ("", None)))
            for name in self.changed_fields
        ]

    def make_field_conflict(
        self, name: str, names: RelatedNames, submitted: Mapping[str, Any], user: str, timestamp: datetime | None
    ) -> FieldConflict:
        model = type(self.instance)
        theirs = format_value(model, name, self.current_values.get(name), names)
        yours = format_value(model, name, submitted[name], names) if name in submitted else theirs
        is_edited = name in submitted and not self.is_unchanged(name, submitted[name])
        resolution = "yours" if is_edited else "theirs"
        return FieldConflict(name, get_field_label(model, name), theirs, yours, user, timestamp, resolution)


def is_snapshot_name(model: type[Model], name: str) -> bool:
    """Return whether snapshots of a model can have a value of this name."""
    relation, dot, _key = name.partition(".")
    if dot:
        return relation in child_relations(model)
    return name in {field.name for field in (*editable_fields(model), *m2m_fields(model))}


def get_version_token(instance: Model) -> str:
    """Return the version token of a stored object. Call it before reading what the page shows: it is never too new."""
    return make_version_token(take_snapshot(instance))


def make_version_token(snapshot: Mapping[str, Any]) -> str:
    return urlencode({name: short_hash(value) for name, value in snapshot.items()})


def lock_rows(model: type[Model], *keys: Hashable) -> None:
    """Lock rows until the end of the transaction, in the order of their keys."""
    list(model._base_manager.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))


def get_locked_if_unchanged(model: type[Model], key: Hashable, version_token: str) -> Model:
    """Lock and return an object that is about to be changed, within a transaction.

    Raises EditConflictError if it differs from the version token, and the model's DoesNotExist if it was deleted.
    """
    lock_rows(model, key)
    instance = model._base_manager.get(pk=key)
    conflict = EditConflict(instance, version_token)
    if conflict.changed_fields:
        raise EditConflictError(instance, conflict.conflicts(), make_version_token(conflict.current_values))
    return instance
