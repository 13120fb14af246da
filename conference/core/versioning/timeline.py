"""A row's past, put together from the records of the row, of its ties and of what belongs to it.

One save writes several records within moments. They are one entry here: records of the same person that follow each
other within a second, as long as the row itself was not saved with other words, made or deleted in between.
"""

import datetime
from dataclasses import dataclass, field
from itertools import pairwise

from .snapshot import child_relations, get_field_values, m2m_fields

GROUPING_INTERVAL = datetime.timedelta(seconds=1)
# What belongs to a row is deleted a little before the row, and of many rows that are deleted at once, all of it is.
CASCADE_INTERVAL = datetime.timedelta(seconds=30)


@dataclass(frozen=True)
class HistoryRecord:
    """One record of the past: what part of the content it set, or took away."""

    timestamp: datetime.datetime
    number: int
    user: object
    change_type: str
    reason: str
    values: dict
    # Of the row itself, and not of what belongs to it.
    is_main: bool = False


@dataclass
class Revision:
    """One save: who, when, and what the whole content was after it; None once the row is deleted."""

    records: list
    before: dict | None = None
    after: dict | None = None
    changed: list = field(default_factory=list)

    @property
    def who(self):
        return self.records[0].user

    @property
    def when(self):
        return self.records[-1].timestamp

    @property
    def reason(self):
        return next((record.reason for record in self.records if record.reason), "")

    @property
    def change_type(self):
        kinds = {record.change_type for record in self.records if record.is_main}
        return next((kind for kind in "-+" if kind in kinds), "~")

    @property
    def key(self):
        """Names the entry in an address: microseconds since 1970."""
        return round(self.when.timestamp() * 1_000_000)


def get_history_records(model, key):
    """Every record of a row, the oldest first: one query for the row, for each kind of tie and of belonging."""
    tied = {tie.name: load_m2m_history(model, tie, key) for tie in m2m_fields(model)}
    found = [
        HistoryRecord(
            *get_record_facts(record),
            get_field_values(record) | {name: tied[name].get(record.history_id, []) for name in tied},
            True,
        )
        for record in query_history(model, **{model._meta.pk.name: key})
    ]
    for name, parent in child_relations(model).items():
        found += [
            HistoryRecord(*get_record_facts(record), {f"{name}.{record.id}": get_child_values(record, parent)})
            for record in query_history(parent.model, **{parent.attname: key})
        ]
    return sorted(found, key=lambda record: (record.timestamp, record.number if record.is_main else 0))


def get_revisions(model, key):
    """The saves of a row, the oldest first."""
    found, content = [], None
    for group in group_records(get_history_records(model, key)):
        entry = Revision(group, before=content)
        content = entry.after = replay_records(content, group)
        entry.changed = list_changed_fields(entry.before, entry.after)
        found.append(entry)
    return found


def get_snapshot_before_delete(model, key):
    """The content that a deleted row had, with what went with it. None where it is not deleted."""
    found = get_history_records(model, key)
    deletion = next((record for record in reversed(found) if record.is_main), None)
    if deletion is None or deletion.change_type != "-":
        return None
    content = {}
    for record in found:
        with_it = (
            record.change_type == "-"
            and not record.is_main
            and deletion.timestamp - record.timestamp <= CASCADE_INTERVAL
        )
        if record is not deletion and not with_it:
            content = replay_records(content, [record]) or {}
    return content


def get_last_changes(row, names):
    """{name: (who, when)} of who last changed each of these, as the records have it."""
    found = {}
    wanted = set(names)
    for entry in reversed(get_revisions(type(row), row.pk)) if wanted else ():
        for name in wanted.intersection(entry.changed):
            found.setdefault(name, (get_display_name(entry.user), entry.timestamp))
    return found


def get_display_name(user):
    """What somebody is called at the desk; nobody is an empty text."""
    return (user.get_full_name() or user.get_username()) if user else ""


def query_history(model, **which):
    return model.history.filter(**which).select_related("history_user")


def get_record_facts(record):
    reason = record.history_change_reason or ""
    return record.history_date, record.history_id, record.history_user, record.history_type, reason


def get_child_values(record, parent):
    return None if record.history_type == "-" else get_field_values(record, besides=parent.name)


def load_m2m_history(model, tie, key):
    """{history_id: keys} of a tie, for each record of the row."""
    past = getattr(model.history.model, tie.name).model
    name = tie.m2m_reverse_field_name()
    found = {}
    for record, other in past.objects.filter(
        history__in=model.history.filter(**{model._meta.pk.name: key})
    ).values_list("history_id", f"{name}_id"):
        found.setdefault(record, []).append(str(other))
    return {record: sorted(keys) for record, keys in found.items()}


def group_records(found):
    groups = []
    for before, record in pairwise([None, *found]):
        if before is None or not is_same_save(record, groups[-1]):
            groups.append([])
        groups[-1].append(record)
    return groups


def is_same_save(record, group):
    last = group[-1]
    if record.timestamp - last.timestamp > GROUPING_INTERVAL or record.user != last.user:
        return False
    mains = [other for other in group if other.is_main]
    if any(other.change_type == "-" for other in mains):
        return False
    return not (record.is_main and mains) or (record.change_type == "~" and has_same_values(record, mains[-1]))


def has_same_values(record, other):
    """Setting the ties of a row writes a record of the row, which itself is as it was."""
    return all(isinstance(value, list) or other.values[name] == value for name, value in record.values.items())


def replay_records(content, group):
    """The content after these records."""
    after = dict(content or {})
    for record in group:
        after |= record.values
    if any(record.is_main and record.change_type == "-" for record in group):
        return None
    return {name: value for name, value in after.items() if "." not in name or value is not None}


def list_changed_fields(before, after):
    if before is None or after is None:
        return []
    return [name for name in {**after, **before} if before.get(name) != after.get(name)]
