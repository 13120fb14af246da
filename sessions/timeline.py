"""A row's past, put together from the records of the row, of its ties and of what belongs to it.

One save writes several records within moments. They are one entry here: records of the same person that follow each
other within a second, as long as the row itself was not saved with other words, made or deleted in between.
"""

import datetime
from dataclasses import dataclass, field
from itertools import pairwise

from .content import belongings, own, ties

TOGETHER = datetime.timedelta(seconds=1)
# What belongs to a row is deleted a little before the row, and of many rows that are deleted at once, all of it is.
WITH_IT = datetime.timedelta(seconds=30)


@dataclass(frozen=True)
class Record:
    """One record of the past: what part of the content it set, or took away."""

    when: datetime.datetime
    number: int
    who: object
    kind: str
    reason: str
    parts: dict
    # Of the row itself, and not of what belongs to it.
    main: bool = False


@dataclass
class Entry:
    """One save: who, when, and what the whole content was after it; None once the row is deleted."""

    records: list
    before: dict | None = None
    after: dict | None = None
    changed: list = field(default_factory=list)

    @property
    def who(self):
        return self.records[0].who

    @property
    def when(self):
        return self.records[-1].when

    @property
    def reason(self):
        return next((record.reason for record in self.records if record.reason), "")

    @property
    def kind(self):
        kinds = {record.kind for record in self.records if record.main}
        return next((kind for kind in "-+" if kind in kinds), "~")

    @property
    def key(self):
        """Names the entry in an address: microseconds since 1970."""
        return round(self.when.timestamp() * 1_000_000)


def records(model, key):
    """Every record of a row, the oldest first: one query for the row, for each kind of tie and of belonging."""
    tied = {tie.name: _tied(model, tie, key) for tie in ties(model)}
    found = [
        Record(*_facts(record), own(record) | {name: tied[name].get(record.history_id, []) for name in tied}, True)
        for record in _of(model, **{model._meta.pk.name: key})
    ]
    for name, parent in belongings(model).items():
        found += [
            Record(*_facts(record), {f"{name}.{record.id}": _part(record, parent)})
            for record in _of(parent.model, **{parent.attname: key})
        ]
    return sorted(found, key=lambda record: (record.when, record.number if record.main else 0))


def entries(model, key):
    """The saves of a row, the oldest first."""
    found, content = [], None
    for group in _groups(records(model, key)):
        entry = Entry(group, before=content)
        content = entry.after = _replayed(content, group)
        entry.changed = _changed(entry.before, entry.after)
        found.append(entry)
    return found


def as_it_was_deleted(model, key):
    """The content that a deleted row had, with what went with it. None where it is not deleted."""
    found = records(model, key)
    deletion = next((record for record in reversed(found) if record.main), None)
    if deletion is None or deletion.kind != "-":
        return None
    content = {}
    for record in found:
        with_it = record.kind == "-" and not record.main and deletion.when - record.when <= WITH_IT
        if record is not deletion and not with_it:
            content = _replayed(content, [record]) or {}
    return content


def last_changes(row, names):
    """{name: (who, when)} of who last changed each of these, as the records have it."""
    found = {}
    wanted = set(names)
    for entry in reversed(entries(type(row), row.pk)) if wanted else ():
        for name in wanted.intersection(entry.changed):
            found.setdefault(name, (called(entry.who), entry.when))
    return found


def called(user):
    """What somebody is called at the desk; nobody is an empty text."""
    return (user.get_full_name() or user.get_username()) if user else ""


def _of(model, **which):
    return model.history.filter(**which).select_related("history_user")


def _facts(record):
    reason = record.history_change_reason or ""
    return record.history_date, record.history_id, record.history_user, record.history_type, reason


def _part(record, parent):
    return None if record.history_type == "-" else own(record, besides=parent.name)


def _tied(model, tie, key):
    """{history_id: keys} of a tie, for each record of the row."""
    past = getattr(model.history.model, tie.name).model
    name = tie.m2m_reverse_field_name()
    found = {}
    for record, other in past.objects.filter(
        history__in=model.history.filter(**{model._meta.pk.name: key})
    ).values_list("history_id", f"{name}_id"):
        found.setdefault(record, []).append(str(other))
    return {record: sorted(keys) for record, keys in found.items()}


def _groups(found):
    groups = []
    for before, record in pairwise([None, *found]):
        if before is None or not _belongs(record, groups[-1]):
            groups.append([])
        groups[-1].append(record)
    return groups


def _belongs(record, group):
    last = group[-1]
    if record.when - last.when > TOGETHER or record.who != last.who:
        return False
    mains = [other for other in group if other.main]
    if any(other.kind == "-" for other in mains):
        return False
    return not (record.main and mains) or (record.kind == "~" and _says_the_same(record, mains[-1]))


def _says_the_same(record, other):
    """Setting the ties of a row writes a record of the row, which itself is as it was."""
    return all(isinstance(value, list) or other.parts[name] == value for name, value in record.parts.items())


def _replayed(content, group):
    """The content after these records."""
    after = dict(content or {})
    for record in group:
        after |= record.parts
    if any(record.main and record.kind == "-" for record in group):
        return None
    return {name: value for name, value in after.items() if "." not in name or value is not None}


def _changed(before, after):
    if before is None or after is None:
        return []
    return [name for name in {**after, **before} if before.get(name) != after.get(name)]
