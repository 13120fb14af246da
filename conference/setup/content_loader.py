"""Loader of the initial content from a folder into a database without a conference.

A folder contains conference.toml, programme.toml and pages/<slug>.<language>.md. Each table of the files becomes an
object, and its keys are the fields: title.en and title.vi fill title_en and title_vi. Times are local times in the
conference's time zone. Whole values such as "2020-12-07" and "2020-12-07 18:00" are dates, which can be moved.
"""

import datetime
import uuid
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.utils import timezone

from conference.core.database import extend_timeouts
from conference.core.i18n.text import LANGUAGES
from conference.models import Announcement, Conference, Page, Partner
from conference.registration.models import Category, ConsentText, Entrance, Quota, RegistrationSettings
from sessions.models import Participation, Room, Session, SessionLink, Theme
from speakers.models import Speaker, SpeakerLink

from .content_files import (
    ContentError,
    Tables,
    TomlEntry,
    join_names,
    move_dates,
    nested_entries,
    read_page,
    read_toml,
)

CONTENT_DIR = Path(__file__).resolve().parent.parent / "content"
REGISTRATION_MODELS = {
    "registration_settings": RegistrationSettings,
    "category": Category,
    "quota": Quota,
    "consent": ConsentText,
    "entrance": Entrance,
}
CONFERENCE_TABLES = ("conference", "page", "partner", "announcement", *REGISTRATION_MODELS)
PROGRAMME_TABLES = ("room", "theme", "speaker", "session")
# Required for registration and independent of the days of the conference.
REQUIRED_FOR_REGISTRATION = {"category": Category, "consent": ConsentText}
ModelT = TypeVar("ModelT", bound=models.Model)
ID_NAMESPACE = uuid.UUID("6d1e1c3a-52b5-4c0f-9d53-0c8f4c9b7a21")


@transaction.atomic
def load_content(folder: Path = CONTENT_DIR, *, first_day: datetime.date | None = None) -> bool:
    """Load the folder; return False if a conference exists. Raises ContentError, with nothing changed.

    first_day moves all dates so that the conference begins on this day; the stable IDs do not change.
    """
    if Conference.objects.exists():
        return False
    extend_timeouts()
    folder = Path(folder)
    tables = read_toml(folder / "conference.toml", *CONFERENCE_TABLES)
    programme = read_toml(folder / "programme.toml", *PROGRAMME_TABLES)
    namespace = conference_namespace(tables["conference"][0])
    if first_day:
        move_dates([tables, programme], first_day)
    with timezone.override(parse_time_zone(tables["conference"][0])):
        load_conference_tables(folder, tables)
        load_programme(programme, namespace)
    return True


@transaction.atomic
def load_missing_for_registration(folder: Path = CONTENT_DIR) -> dict[str, int]:
    """Add categories or the consent text to a database that has a conference but none of them.

    Returns the number of added objects by a name for the terminal. Raises ContentError, with nothing changed.
    """
    missing = {name: model for name, model in REQUIRED_FOR_REGISTRATION.items() if not model.objects.exists()}
    if not missing or not Conference.objects.exists():
        return {}
    tables = read_toml(Path(folder) / "conference.toml", *CONFERENCE_TABLES)
    for name, model in missing.items():
        for entry in tables[name]:
            create_object(model, entry)
    return {f"{name} rows": len(tables[name]) for name in missing if tables[name]}


def load_conference_tables(folder: Path, tables: Tables) -> None:
    create_object(Conference, tables["conference"][0])
    for entry in tables["page"]:
        load_page(folder / "pages", entry)
    reject_unlisted_pages(folder / "pages")
    for name, model in {"partner": Partner, "announcement": Announcement, **REGISTRATION_MODELS}.items():
        # Keep registration settings that were made before there was a conference.
        if name not in REGISTRATION_MODELS or not model.objects.exists():
            for entry in tables[name]:
                create_object(model, entry)


def load_page(folder: Path, entry: TomlEntry) -> None:
    if misplaced := entry.data.keys() & {"title", "body"}:
        raise entry.error(join_names(misplaced), "belongs in the page's own file")
    files = {language: folder / f"{entry.data.get('slug')}.{language}.md" for language in LANGUAGES}
    # Only the first language is required.
    pages = {language: read_page(file) for language, file in files.items() if language == LANGUAGES[0] or file.exists()}
    entry.data["title"] = {language: title for language, (title, _) in pages.items()}
    entry.data["body"] = {language: body for language, (_, body) in pages.items()}
    entry.data.setdefault("status", Page.Status.LIVE)
    create_object(Page, entry)


def reject_unlisted_pages(folder: Path) -> None:
    """Raise ContentError for a page file without a [[page]] table."""
    slugs = set(Page.objects.values_list("slug", flat=True))
    expected = {f"{slug}.{language}.md" for slug in slugs for language in LANGUAGES}
    for path in sorted(folder.glob("*.md")):
        if path.name not in expected:
            raise ContentError(f"pages/{path.name}: no [[page]] in conference.toml uses this file")


def load_programme(programme: Tables, namespace: uuid.UUID) -> None:
    rooms = index_by_slug(create_with_stable_id(Room, entry, namespace) for entry in programme["room"])
    themes = index_by_slug(create_with_stable_id(Theme, entry, namespace) for entry in programme["theme"])
    speakers = index_by_slug(load_speaker(entry, namespace) for entry in programme["speaker"])
    for entry in programme["session"]:
        load_session(entry, namespace, rooms, themes, speakers)


def load_speaker(entry: TomlEntry, namespace: uuid.UUID) -> Speaker:
    links = nested_entries(entry, "link")
    speaker = create_with_stable_id(Speaker, entry, namespace)
    for link in links:
        create_object(SpeakerLink, link, speaker=speaker)
    return speaker


def load_session(
    entry: TomlEntry,
    namespace: uuid.UUID,
    rooms: dict[str, Room],
    themes: dict[str, Theme],
    speakers: dict[str, Speaker],
) -> None:
    parts, links = nested_entries(entry, "part"), nested_entries(entry, "link")
    room = pop_reference(entry, "room", rooms)
    session_themes = [find_by_slug(entry, "themes", slug, themes) for slug in parse_list(entry, "themes")]
    # Unlike in the admin, the default is not a draft.
    entry.data.setdefault("status", Session.Status.CONFIRMED)
    session = create_with_stable_id(Session, entry, namespace, room=room)
    session.themes.set(session_themes)
    for part in parts:
        create_object(Participation, part, session=session, speaker=pop_reference(part, "speaker", speakers))
    for link in links:
        create_object(SessionLink, link, session=session)


# Stable IDs. Calendars identify a session by its ID, so the same files always give the same IDs. The namespace gives
# different IDs to a folder that was copied and edited for another conference.


def conference_namespace(conference: TomlEntry) -> uuid.UUID:
    name = conference.data.get("name")
    name_en = name.get(LANGUAGES[0]) if isinstance(name, dict) else None
    return uuid.uuid5(ID_NAMESPACE, f"{conference.data.get('starts_on')} {name_en}")


def create_with_stable_id(model: type[ModelT], entry: TomlEntry, namespace: uuid.UUID, **fields: Any) -> ModelT:
    """Create an object whose ID depends on its slug."""
    if "slug" not in entry.data:
        raise entry.error("slug", "is missing")
    object_id = uuid.uuid5(namespace, f"{model._meta.model_name} {entry.data['slug']}")
    return create_object(model, entry, id=object_id, **fields)


def index_by_slug(objects: Iterable[ModelT]) -> dict[str, ModelT]:
    return {instance.slug: instance for instance in objects}


# Objects


def create_object(model: type[ModelT], entry: TomlEntry, **fields: Any) -> ModelT:
    """Save the entry as an object after the validation of the admin; fields are values that the entry does not have."""
    instance = model(**parse_values(model, entry), **fields)
    if hasattr(instance, "order"):
        # In steps of ten, so that the admin can insert something in between.
        instance.order = 10 * entry.number
    try:
        instance.full_clean()
    except ValidationError as error:
        raise ContentError(f"{entry.location}: {format_validation_error(error)}") from error
    instance.save(force_insert=True)
    return instance


def parse_values(model: type[models.Model], entry: TomlEntry) -> dict[str, Any]:
    texts, plain = field_names(model)
    if unknown := entry.data.keys() - texts - plain.keys():
        raise entry.error(join_names(unknown), f"unknown field; known fields: {join_names(texts | plain.keys())}")
    values: dict[str, Any] = {}
    for name, value in entry.data.items():
        if name in texts:
            values |= parse_text(entry, name, value)
        else:
            values[name] = parse_local_datetime(entry, name, value) if plain[name] is models.DateTimeField else value
    return values


def field_names(model: type[models.Model]) -> tuple[set[str], dict[str, type[models.Field]]]:
    """Return the translated fields without their language suffix, and the types of the other fields by name."""
    fields = {
        field.name: type(field) for field in model._meta.concrete_fields if field.editable and not field.is_relation
    }
    suffix = f"_{LANGUAGES[0]}"
    texts = {name.removesuffix(suffix) for name in fields if name.endswith(suffix)}
    columns = {f"{text}_{language}" for text in texts for language in LANGUAGES}
    return texts, {name: field for name, field in fields.items() if name not in columns | {"order"}}


def parse_text(entry: TomlEntry, name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise entry.error(name, f'write it once for each language, as {name}.{LANGUAGES[0]} = "..."')
    for language, text in value.items():
        if language not in LANGUAGES:
            raise entry.error(f"{name}.{language}", f"not a language of this site; languages: {join_names(LANGUAGES)}")
        if not isinstance(text, str):
            raise entry.error(f"{name}.{language}", "write it in quotation marks")
    return {f"{name}_{language}": text.strip() for language, text in value.items()}


def parse_local_datetime(entry: TomlEntry, name: str, value: Any) -> datetime.datetime:
    try:
        return timezone.make_aware(datetime.datetime.strptime(value, "%Y-%m-%d %H:%M"))
    except (TypeError, ValueError):
        raise entry.error(name, 'write the local time in quotation marks, as "2020-12-07 18:00"') from None


def parse_time_zone(entry: TomlEntry) -> zoneinfo.ZoneInfo:
    name = entry.data.get("time_zone", Conference._meta.get_field("time_zone").default)
    if str(name) not in zoneinfo.available_timezones():
        raise entry.error("time_zone", "write it as Area/City, for example Asia/Ho_Chi_Minh")
    return zoneinfo.ZoneInfo(name)


def pop_reference(entry: TomlEntry, name: str, objects: dict[str, ModelT]) -> ModelT | None:
    """Remove a slug from the entry and return the object with that slug; None if the entry has no such key."""
    slug = entry.data.pop(name, None)
    return None if slug is None else find_by_slug(entry, name, slug, objects)


def find_by_slug(entry: TomlEntry, name: str, slug: Any, objects: dict[str, ModelT]) -> ModelT:
    if str(slug) not in objects:
        raise entry.error(name, f"“{slug}” does not exist; known: {join_names(objects)}")
    return objects[str(slug)]


def parse_list(entry: TomlEntry, name: str) -> list[Any]:
    values = entry.data.pop(name, [])
    if not isinstance(values, list):
        raise entry.error(name, 'write a list in square brackets, as ["one", "two"]')
    return values


def format_validation_error(error: ValidationError) -> str:
    return "; ".join(
        " ".join(messages) if name == NON_FIELD_ERRORS else f"{toml_name(name)}: {' '.join(messages)}"
        for name, messages in error.message_dict.items()
    )


def toml_name(name: str) -> str:
    """Return the key in the file for a field of a model: title.en for title_en."""
    text, _, language = name.rpartition("_")
    return f"{text}.{language}" if language in LANGUAGES else name
