"""Differences between two release documents, as JSON.

The result has a key for each of the collections "sessions", "speakers", "rooms" and "themes", with the value
{"added": [item], "removed": [item], "changed": [item]}. An item is {"id", "slug", "name": text}; a changed item has
"fields" too, {field: [before, after]}, and a removed session its last "sequence". Rooms, themes and speakers of a
session are given by name, so that the result can be read without the documents. If a start or end changed, both are
given. If the time zone changed, sessions whose local time differs are changed too, even with the same start and end.

The key "conference" holds {field: [before, after]} of the conference's facts; of "days" ([first, last], one field); and
of "order_of_rooms" (lists of names). In releases of format 1, "starts_on" and "ends_on" are fields of their own.
"""

import datetime
from zoneinfo import ZoneInfo

IGNORED_FIELDS = {"id", "sequence", "revised_at", "revised_in"}
# The field of an item that is its name, by collection.
NAME_FIELDS = {"sessions": "title", "speakers": "name", "rooms": "name", "themes": "name"}
DAY_FIELDS = ("starts_on", "ends_on")
TIME_FIELDS = ("starts_at", "ends_at")


def diff_documents(before: dict | None, after: dict) -> dict:
    """Return the changes from one document to another; before is None for the first release."""
    before = before or {collection: [] for collection in NAME_FIELDS}
    changes = {collection: diff_collection(collection, before, after) for collection in NAME_FIELDS}
    return changes | {"conference": diff_conference(before, after)}


def is_empty_diff(changes: dict) -> bool:
    return not count_changes(changes)


def count_changes(changes: dict) -> int:
    """Return the number of items and conference fields that differ."""
    items = sum(len(items) for collection in NAME_FIELDS for items in changes[collection].values())
    return items + len(changes["conference"])


def diff_collection(collection: str, before: dict, after: dict) -> dict:
    old = {item["id"]: item for item in before[collection]}
    new = {item["id"]: item for item in after[collection]}
    old_names, new_names = collect_names(before), collect_names(after)
    zones = get_changed_time_zones(before, after)
    changed = []
    for item_id, item in new.items():
        if item_id in old:
            fields = diff_fields(resolve_names(old[item_id], old_names), resolve_names(item, new_names), zones)
            if fields:
                changed.append(make_item_reference(item, collection) | {"fields": fields})
    return {
        "added": [make_item_reference(item, collection) for item_id, item in new.items() if item_id not in old],
        "removed": [
            make_item_reference(item, collection) | get_sequence(item)
            for item_id, item in old.items()
            if item_id not in new
        ],
        "changed": changed,
    }


def make_item_reference(item: dict, collection: str) -> dict:
    return {"id": item["id"], "slug": item["slug"], "name": item[NAME_FIELDS[collection]]}


def get_sequence(item: dict) -> dict:
    return {"sequence": item["sequence"]} if "sequence" in item else {}


def get_changed_time_zones(before: dict, after: dict) -> tuple[ZoneInfo, ZoneInfo] | None:
    """Return the time zones of two documents, or None if they are the same or there is no document before."""
    names = [document["conference"]["time_zone"] for document in (before, after) if "conference" in document]
    return (ZoneInfo(names[0]), ZoneInfo(names[1])) if len(set(names)) == 2 else None


def has_other_local_time(old: dict, new: dict, zones: tuple[ZoneInfo, ZoneInfo]) -> bool:
    """Return whether the start or end of a session has another date or hour on the clock of the conference."""
    return any(
        to_local_time(old[name], zones[0]) != to_local_time(new[name], zones[1]) for name in TIME_FIELDS if name in new
    )


def to_local_time(time: str, zone: ZoneInfo) -> datetime.datetime:
    """Return a time of a document as the naive local time of a zone, or in UTC where that is out of range."""
    moment = datetime.datetime.fromisoformat(time)
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return moment.replace(tzinfo=None)


def diff_fields(old: dict, new: dict, zones: tuple[ZoneInfo, ZoneInfo] | None = None) -> dict:
    """Return {field: [before, after]}; zones are the time zones before and after, if they differ."""
    changed = [name for name in new if name not in IGNORED_FIELDS and old.get(name) != new[name]]
    if any(name in TIME_FIELDS for name in changed) or (zones and has_other_local_time(old, new, zones)):
        changed = [*TIME_FIELDS, *(name for name in changed if name not in TIME_FIELDS)]
    return {name: [old.get(name), new[name]] for name in changed}


def diff_conference(before: dict, after: dict) -> dict:
    fields = diff_facts(before.get("conference") or {}, after["conference"])
    kept = {room["id"] for room in before["rooms"]} & {room["id"] for room in after["rooms"]}
    old, new = ([room for room in document["rooms"] if room["id"] in kept] for document in (before, after))
    if [room["id"] for room in old] != [room["id"] for room in new]:
        fields["order_of_rooms"] = [[room["name"] for room in old], [room["name"] for room in new]]
    return fields


def diff_facts(before: dict, after: dict) -> dict:
    """Return {field: [before, after]} of the facts of the conference; before is empty for the first release."""
    old = merge_days(before) if before else {}
    new = merge_days(after)
    return {name: [old.get(name), value] for name, value in new.items() if old.get(name, {}) != value}


def merge_days(facts: dict) -> dict:
    """Return the facts with the first and last day as one field, in the order in which changes are listed."""
    days = [facts[name] for name in DAY_FIELDS]
    return {"days": days} | {name: value for name, value in facts.items() if name not in DAY_FIELDS}


def collect_names(document: dict) -> dict:
    """Return the names of a document's rooms, themes and speakers by id."""
    return {
        item["id"]: item["name"]
        for collection in ("rooms", "themes", "speakers")
        for item in document.get(collection, [])
    }


def resolve_names(item: dict, names: dict) -> dict:
    """Return the item with names instead of the ids of rooms, themes and speakers.

    A participation keeps the speaker's id as its own "id". Items other than sessions are returned unchanged.
    """
    if "participations" not in item:
        return item
    return item | {
        "room": item["room"] and names[item["room"]],
        "themes": [names[theme] for theme in item["themes"]],
        "participations": [
            entry | {"id": entry["speaker"], "speaker": entry["speaker"] and names[entry["speaker"]]}
            for entry in item["participations"]
        ],
    }
