"""What one release changes against another, as JSON: pure, from two documents.

For each of "sessions", "speakers", "rooms" and "themes": {"added": [part], "removed": [part], "changed": [part]}, where
a part is {"id", "slug", "name": text} and a changed one has "fields" too: {field: [before, after]}. Rooms, themes and
speakers stand in sessions by name, so that a list of changes can be read without the documents; of a time both ends are
told, whichever moved. A session that is taken out has its "sequence" too, to go on from should it come back. "facts" is
{name: [before, after]} of "time_zone", "starts_on", "ends_on" and "order_of_rooms" (lists of names). Releases of early
versions have "others" instead, the names of what else differs.
"""

IGNORED_FIELDS = {"id", "sequence", "revised_at", "revised_in"}
NAME_FIELDS = {"sessions": "title", "speakers": "name", "rooms": "name", "themes": "name"}
CONFERENCE_FIELDS = ("time_zone", "starts_on", "ends_on")
TIME_FIELDS = ("starts_at", "ends_at")


def diff_documents(before, after):
    before = before or {kind: [] for kind in NAME_FIELDS}
    return {kind: diff_objects(kind, before, after) for kind in NAME_FIELDS} | {"facts": diff_conference(before, after)}


def is_empty_diff(changes):
    return not count_changes(changes)


def count_changes(changes):
    """How many things differ, each once however much of it does."""
    parts = sum(len(parts) for kind in NAME_FIELDS for parts in changes.get(kind, {}).values())
    return parts + len(changes.get("facts", ())) + len(changes.get("others", ()))


def diff_objects(kind, before, after):
    old = {part["id"]: part for part in before[kind]}
    new = {part["id"]: part for part in after[kind]}
    now, then = collect_names(after), collect_names(before)
    changed = []
    for identity, part in new.items():
        if identity in old:
            fields = diff_fields(resolve_names(old[identity], then), resolve_names(part, now))
            if fields:
                changed.append(make_object_reference(part, kind) | {"fields": fields})
    return {
        "added": [make_object_reference(part, kind) for identity, part in new.items() if identity not in old],
        "removed": [
            make_object_reference(part, kind) | get_sequence(part)
            for identity, part in old.items()
            if identity not in new
        ],
        "changed": changed,
    }


def make_object_reference(part, kind):
    return {"id": part["id"], "slug": part["slug"], "name": part[NAME_FIELDS[kind]]}


def get_sequence(part):
    return {"sequence": part["sequence"]} if "sequence" in part else {}


def diff_fields(old, new):
    changed = [name for name in new if name not in IGNORED_FIELDS and old.get(name) != new[name]]
    if any(name in TIME_FIELDS for name in changed):
        changed = [*TIME_FIELDS, *(name for name in changed if name not in TIME_FIELDS)]
    return {name: [old.get(name), new[name]] for name in changed}


def diff_conference(before, after):
    facts = {name: [before.get(name), after[name]] for name in CONFERENCE_FIELDS if before.get(name) != after[name]}
    stayed = {room["id"] for room in before["rooms"]} & {room["id"] for room in after["rooms"]}
    old, new = ([room for room in document["rooms"] if room["id"] in stayed] for document in (before, after))
    if [room["id"] for room in old] != [room["id"] for room in new]:
        facts["order_of_rooms"] = [[room["name"] for room in old], [room["name"] for room in new]]
    return facts


def collect_names(document):
    """What rooms, themes and speakers are called in this document, by identity."""
    return {item["id"]: item["name"] for kind in ("rooms", "themes", "speakers") for item in document.get(kind, [])}


def resolve_names(part, names):
    """The part with names in place of the identities of rooms and themes, and beside those of speakers."""
    if "participations" not in part:
        return part
    return part | {
        "room": part["room"] and names[part["room"]],
        "themes": [names[theme] for theme in part["themes"]],
        "participations": [
            item | {"id": item["speaker"], "speaker": item["speaker"] and names[item["speaker"]]}
            for item in part["participations"]
        ],
    }
