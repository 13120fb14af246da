"""Revisions of an object, put together from the history records of the object, its relations and its children.

One save writes several records at slightly different times. Records of the same user that follow each other within a
second form one revision, unless the object itself was created, deleted or saved with other values in between.
"""

import datetime
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Model, QuerySet

from .snapshot import child_relations, get_field_values, m2m_fields

GROUPING_INTERVAL = datetime.timedelta(seconds=1)
# Children are deleted before their parents; in a bulk delete, all children before all parents.
CASCADE_INTERVAL = datetime.timedelta(seconds=30)

Snapshot = dict[str, Any]


@dataclass(frozen=True)
class HistoryRecord:
    """One history record, with the part of the snapshot that it set; a child's value is None once it is deleted.

    change_type is "+", "~" or "-". is_main is true for records of the object itself, and false for its children.
    """

    timestamp: datetime.datetime
    number: int
    user: AbstractUser | None
    change_type: str
    reason: str
    values: Snapshot
    is_main: bool = False


@dataclass
class Revision:
    """One save, with the snapshots before and after it. after is None for a deletion."""

    records: list[HistoryRecord]
    before: Snapshot | None = None
    after: Snapshot | None = None
    changed: list[str] = field(default_factory=list)

    @property
    def user(self) -> AbstractUser | None:
        return self.records[0].user

    @property
    def timestamp(self) -> datetime.datetime:
        return self.records[-1].timestamp

    @property
    def reason(self) -> str:
        return next((record.reason for record in self.records if record.reason), "")

    @property
    def change_type(self) -> str:
        """The change of the object itself: "-" or "+" if it was deleted or created, else "~"."""
        types = {record.change_type for record in self.records if record.is_main}
        return next((change_type for change_type in "-+" if change_type in types), "~")

    @property
    def key(self) -> int:
        """The revision's number in URLs: microseconds since 1970."""
        return round(self.timestamp.timestamp() * 1_000_000)


def get_history_records(model: type[Model], key: Hashable) -> list[HistoryRecord]:
    """Return all records of an object and its children, oldest first, with one query for each model and relation."""
    relations = {field.name: load_m2m_history(model, field, key) for field in m2m_fields(model)}
    records = [
        make_history_record(
            record,
            get_field_values(record) | {name: keys.get(record.history_id, []) for name, keys in relations.items()},
            is_main=True,
        )
        for record in query_history(model, **{model._meta.pk.name: key})
    ]
    for name, parent in child_relations(model).items():
        records += [
            make_history_record(record, {f"{name}.{record.id}": get_child_values(record, parent)})
            for record in query_history(parent.model, **{parent.attname: key})
        ]
    return sorted(records, key=lambda record: (record.timestamp, record.number if record.is_main else 0))


def get_revisions(model: type[Model], key: Hashable) -> list[Revision]:
    """Return the revisions of an object, oldest first."""
    revisions, snapshot = [], None
    for group in group_records(get_history_records(model, key)):
        revision = Revision(group, before=snapshot)
        snapshot = revision.after = replay_records(snapshot, group)
        revision.changed = list_changed_fields(revision.before, revision.after)
        revisions.append(revision)
    return revisions


def get_snapshot_before_delete(model: type[Model], key: Hashable) -> Snapshot | None:
    """Return the last snapshot of a deleted object, with the children that were deleted with it.

    None if the object is not deleted.
    """
    records = get_history_records(model, key)
    deletion = next((record for record in reversed(records) if record.is_main), None)
    if deletion is None or deletion.change_type != "-":
        return None
    snapshot: Snapshot = {}
    for record in records:
        if record is not deletion and not is_cascaded_deletion(record, deletion):
            snapshot = replay_records(snapshot, [record]) or {}
    return snapshot


def is_cascaded_deletion(record: HistoryRecord, deletion: HistoryRecord) -> bool:
    """Return whether a record is about a child that was deleted with its parent."""
    is_child_deletion = record.change_type == "-" and not record.is_main
    return is_child_deletion and deletion.timestamp - record.timestamp <= CASCADE_INTERVAL


def get_last_changes(instance: Model, names: Iterable[str]) -> dict[str, tuple[str, datetime.datetime]]:
    """Return {name: (user's name, time)} of the last recorded change of each of these values."""
    wanted = set(names)
    if not wanted:
        return {}
    changes: dict[str, tuple[str, datetime.datetime]] = {}
    for revision in reversed(get_revisions(type(instance), instance.pk)):
        for name in wanted.intersection(revision.changed):
            changes.setdefault(name, (get_display_name(revision.user), revision.timestamp))
    return changes


def get_display_name(user: AbstractUser | None) -> str:
    """Return the full name or user name; an empty string without a user."""
    return (user.get_full_name() or user.get_username()) if user else ""


def query_history(model: Any, **filters: Any) -> QuerySet:
    return model.history.filter(**filters).select_related("history_user")


def make_history_record(record: Any, values: Snapshot, *, is_main: bool = False) -> HistoryRecord:
    """Build a HistoryRecord from a record of django-simple-history."""
    return HistoryRecord(
        timestamp=record.history_date,
        number=record.history_id,
        user=record.history_user,
        change_type=record.history_type,
        reason=record.history_change_reason or "",
        values=values,
        is_main=is_main,
    )


def get_child_values(record: Any, parent: models.ForeignKey) -> Snapshot | None:
    return None if record.history_type == "-" else get_field_values(record, besides=parent.name)


def load_m2m_history(model: Any, field: models.ManyToManyField, key: Hashable) -> dict[int, list[str]]:
    """Return {history_id: related keys} of a many-to-many field for each record of an object."""
    m2m_records = getattr(model.history.model, field.name).model.objects
    records = model.history.filter(**{model._meta.pk.name: key})
    pairs = m2m_records.filter(history__in=records).values_list("history_id", f"{field.m2m_reverse_field_name()}_id")
    related_keys: dict[int, list[str]] = {}
    for history_id, related_key in pairs:
        related_keys.setdefault(history_id, []).append(str(related_key))
    return {history_id: sorted(keys) for history_id, keys in related_keys.items()}


def group_records(records: Iterable[HistoryRecord]) -> list[list[HistoryRecord]]:
    groups: list[list[HistoryRecord]] = []
    for record in records:
        if groups and is_same_save(record, groups[-1]):
            groups[-1].append(record)
        else:
            groups.append([record])
    return groups


def is_same_save(record: HistoryRecord, group: list[HistoryRecord]) -> bool:
    """Return whether a record belongs to the same save as the records before it."""
    last = group[-1]
    if record.timestamp - last.timestamp > GROUPING_INTERVAL or record.user != last.user:
        return False
    main_records = [other for other in group if other.is_main]
    if any(other.change_type == "-" for other in main_records):
        return False
    if not record.is_main or not main_records:
        return True
    return record.change_type == "~" and has_same_values(record, main_records[-1])


def has_same_values(record: HistoryRecord, other: HistoryRecord) -> bool:
    """Compare the fields of an object. Setting a many-to-many relation writes a record with the same fields."""
    return all(isinstance(value, list) or other.values[name] == value for name, value in record.values.items())


def replay_records(snapshot: Snapshot | None, records: Iterable[HistoryRecord]) -> Snapshot | None:
    """Return the snapshot after these records; None if one of them deleted the object."""
    after = dict(snapshot or {})
    is_deleted = False
    for record in records:
        after |= record.values
        is_deleted |= record.is_main and record.change_type == "-"
    if is_deleted:
        return None
    return {name: value for name, value in after.items() if "." not in name or value is not None}


def list_changed_fields(before: Snapshot | None, after: Snapshot | None) -> list[str]:
    """Return the names whose values differ, in the order of the fields; none for a creation or deletion."""
    if before is None or after is None:
        return []
    return [name for name in {**after, **before} if before.get(name) != after.get(name)]
