"""The content that ships with the site, or any folder of the same shape, into a database that has no conference yet.

A folder holds conference.toml, programme.toml and pages/<slug>.<language>.md. Tables of the files are rows of the
models and keys are their fields, languages apart: title.en and title.vi fill title_en and title_vi. Times are local, in
the conference's time zone.
"""

import datetime
import tomllib
import uuid
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.utils import timezone

from conference.core.database import extend_timeouts
from conference.core.text import LANGUAGES
from conference.models import Announcement, Conference, Page, Partner
from conference.registration.models import Category, ConsentText, Quota, RegistrationSettings
from sessions.models import Participation, Room, Session, SessionLink, Theme
from speakers.models import Speaker, SpeakerLink

CONTENT_DIR = Path(__file__).resolve().parent / "content"
SINGLETON_TABLES = ("conference", "house")
REGISTRATION_MODELS = {"house": RegistrationSettings, "category": Category, "quota": Quota, "consent": ConsentText}
# What nobody can register without, and what does not depend on the days of the conference.
NEEDED_TO_REGISTER = {"category": Category, "consent": ConsentText}
ID_NAMESPACE = uuid.UUID("6d1e1c3a-52b5-4c0f-9d53-0c8f4c9b7a21")


class ContentError(Exception):
    """The files cannot be loaded. One line, for people: which file, which entry, which field, what is wrong."""


@dataclass
class TomlEntry:
    """One table of a file: where it stands, as errors name it, its number among its kind, and what it says."""

    place: str
    number: int
    data: dict

    def error(self, field, message):
        return ContentError(f"{self.place}: {field}: {message}")


@transaction.atomic
def load_content(folder: Path = CONTENT_DIR) -> bool:
    """Load the folder; False where there is a conference already. Raises ContentError; then nothing has changed."""
    if Conference.objects.exists():
        return False
    extend_timeouts()
    folder = Path(folder)
    facts = read_toml(folder / "conference.toml", "conference", "page", "partner", "announcement", *REGISTRATION_MODELS)
    programme = read_toml(folder / "programme.toml", "room", "theme", "speaker", "session")
    with timezone.override(parse_time_zone(facts["conference"][0])):
        conference = load_conference_tables(folder, facts)
        load_programme(programme, conference_namespace(conference))
    return True


@transaction.atomic
def load_missing_for_registration(folder: Path = CONTENT_DIR) -> dict[str, int]:
    """Add the folder's categories and consent text to a database that has a conference and none of these.

    A database from before registration existed has neither. Returns how many rows of each kind were added, by its name
    for a terminal. Raises ContentError; then nothing has changed.
    """
    missing = {kind: model for kind, model in NEEDED_TO_REGISTER.items() if not model.objects.exists()}
    if not missing or not Conference.objects.exists():
        return {}
    facts = read_toml(
        Path(folder) / "conference.toml", "conference", "page", "partner", "announcement", *REGISTRATION_MODELS
    )
    for kind, model in missing.items():
        for entry in facts[kind]:
            create_row(model, entry)
    return {f"{kind} rows": len(facts[kind]) for kind in missing if facts[kind]}


def load_conference_tables(folder, facts):
    conference = create_row(Conference, facts["conference"][0])
    for entry in facts["page"]:
        load_page(folder / "pages", entry)
    reject_unlisted_pages(folder / "pages")
    for kind, model in {"partner": Partner, "announcement": Announcement, **REGISTRATION_MODELS}.items():
        # How people register may have been set before there was a conference.
        if kind not in REGISTRATION_MODELS or not model.objects.exists():
            for entry in facts[kind]:
                create_row(model, entry)
    return conference


def load_page(folder, entry):
    if taken := entry.data.keys() & {"title", "body"}:
        raise entry.error(join_names(taken), "belongs in the page's own file")
    files = {language: folder / f"{entry.data.get('slug')}.{language}.md" for language in LANGUAGES}
    # It must exist in the first language; the others may follow later.
    pages = {language: read_page(file) for language, file in files.items() if language == LANGUAGES[0] or file.exists()}
    entry.data["title"] = {language: title for language, (title, _) in pages.items()}
    entry.data["body"] = {language: body for language, (_, body) in pages.items()}
    entry.data.setdefault("status", Page.Status.LIVE)
    create_row(Page, entry)


def reject_unlisted_pages(folder):
    slugs = set(Page.objects.values_list("slug", flat=True))
    expected = {f"{slug}.{language}.md" for slug in slugs for language in LANGUAGES}
    for path in sorted(folder.glob("*.md")):
        if path.name not in expected:
            raise ContentError(f"pages/{path.name}: no [[page]] in conference.toml uses this file")


def load_programme(programme, namespace):
    rooms = index_by_slug(create_with_stable_id(Room, entry, namespace) for entry in programme["room"])
    themes = index_by_slug(create_with_stable_id(Theme, entry, namespace) for entry in programme["theme"])
    speakers = index_by_slug(load_speaker(entry, namespace) for entry in programme["speaker"])
    for entry in programme["session"]:
        load_session(entry, namespace, rooms, themes, speakers)


def load_speaker(entry, namespace):
    links = nested_entries(entry, "link")
    speaker = create_with_stable_id(Speaker, entry, namespace)
    for link in links:
        create_row(SpeakerLink, link, speaker=speaker)
    return speaker


def load_session(entry, namespace, rooms, themes, speakers):
    parts, links = nested_entries(entry, "part"), nested_entries(entry, "link")
    room = pop_reference(entry, "room", rooms)
    about = [find_by_slug(entry, "themes", slug, themes) for slug in parse_list(entry, "themes")]
    # The admin begins with a draft; what somebody wrote into the files is meant to be seen.
    entry.data.setdefault("status", Session.Status.CONFIRMED)
    session = create_with_stable_id(Session, entry, namespace, room=room)
    session.themes.set(about)
    for part in parts:
        create_row(Participation, part, session=session, speaker=pop_reference(part, "speaker", speakers))
    for link in links:
        create_row(SessionLink, link, session=session)


# Identities. Calendars and apps know a session by its id for ever, so the same files give the same ids wherever and
# however often they are loaded into an empty database. Nobody has to write ids, and a copied folder that is made into
# another conference has ids of its own. Once loaded, the id is the row's: a new address in the admin leaves it alone.


def conference_namespace(conference):
    return uuid.uuid5(ID_NAMESPACE, f"{conference.starts_on} {conference.name_en}")


def create_with_stable_id(model, entry, namespace, **others):
    """A row that others refer to by its slug."""
    if "slug" not in entry.data:
        raise entry.error("slug", "is missing")
    return create_row(
        model, entry, id=uuid.uuid5(namespace, f"{model._meta.model_name} {entry.data['slug']}"), **others
    )


def index_by_slug(rows):
    return {row.slug: row for row in rows}


# Rows


def create_row(model: type[models.Model], entry: TomlEntry, **others) -> models.Model:
    """Save the entry as a row, checked as the admin would check it; others are fields that it does not say itself."""
    row = model(**parse_values(model, entry), **others)
    if hasattr(row, "order"):
        # In the order of the file, and in tens so that the admin can put something in between.
        row.order = 10 * entry.number
    try:
        row.full_clean()
    except ValidationError as error:
        raise ContentError(f"{entry.place}: {format_validation_error(error)}") from error
    row.save(force_insert=True)
    return row


def parse_values(model, entry):
    texts, plain = field_names(model)
    if surplus := entry.data.keys() - texts - plain.keys():
        raise entry.error(join_names(surplus), f"unknown field; known fields: {join_names(texts | plain.keys())}")
    values = {}
    for name, value in entry.data.items():
        if name in texts:
            values |= parse_text(entry, name, value)
        else:
            values[name] = parse_local_datetime(entry, name, value) if plain[name] is models.DateTimeField else value
    return values


def field_names(model):
    """What an entry may say: its texts, named without the language, and its other fields by name with their types."""
    fields = {
        field.name: type(field) for field in model._meta.concrete_fields if field.editable and not field.is_relation
    }
    suffix = f"_{LANGUAGES[0]}"
    texts = {name.removesuffix(suffix) for name in fields if name.endswith(suffix)}
    columns = {f"{text}_{language}" for text in texts for language in LANGUAGES}
    return texts, {name: kind for name, kind in fields.items() if name not in columns | {"order"}}


def parse_text(entry, name, value):
    if not isinstance(value, dict):
        raise entry.error(name, f'write it once for each language, as {name}.{LANGUAGES[0]} = "..."')
    for language, text in value.items():
        if language not in LANGUAGES:
            raise entry.error(f"{name}.{language}", f"not a language of this site; languages: {join_names(LANGUAGES)}")
        if not isinstance(text, str):
            raise entry.error(f"{name}.{language}", "write it in quotation marks")
    return {f"{name}_{language}": text.strip() for language, text in value.items()}


def parse_local_datetime(entry, name, value):
    try:
        return timezone.make_aware(datetime.datetime.strptime(value, "%Y-%m-%d %H:%M"))
    except (TypeError, ValueError):
        raise entry.error(name, 'write the local time in quotation marks, as "2020-12-07 18:00"') from None


def parse_time_zone(entry):
    name = entry.data.get("time_zone", Conference._meta.get_field("time_zone").default)
    if str(name) not in zoneinfo.available_timezones():
        raise entry.error("time_zone", "write it as Area/City, for example Asia/Ho_Chi_Minh")
    return zoneinfo.ZoneInfo(name)


def pop_reference(entry, name, rows):
    """The row whose slug the entry gives, taken out of the entry; None where it gives none."""
    slug = entry.data.pop(name, None)
    return None if slug is None else find_by_slug(entry, name, slug, rows)


def find_by_slug(entry, name, slug, rows):
    if str(slug) not in rows:
        raise entry.error(name, f"“{slug}” does not exist; known: {join_names(rows)}")
    return rows[str(slug)]


def parse_list(entry, name):
    values = entry.data.pop(name, [])
    if not isinstance(values, list):
        raise entry.error(name, 'write a list in square brackets, as ["one", "two"]')
    return values


def format_validation_error(error):
    return "; ".join(
        " ".join(messages) if name == NON_FIELD_ERRORS else f"{toml_name(name)}: {' '.join(messages)}"
        for name, messages in error.message_dict.items()
    )


def toml_name(name):
    text, _, language = name.rpartition("_")
    return f"{text}.{language}" if language in LANGUAGES else name


# Files


def read_toml(path, *kinds):
    """The file's entries by kind, each kind a list that may be empty."""
    try:
        document = tomllib.loads(read_text_file(path))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{path.name}: {error}") from error
    if surplus := document.keys() - set(kinds):
        raise ContentError(f"{path.name}: {join_names(surplus)}: unknown; this file may contain {join_names(kinds)}")
    return {kind: build_entries(path.name, kind, document.get(kind, [])) for kind in kinds}


def read_page(path):
    first, _, body = read_text_file(path).partition("\n")
    if not first.startswith("# "):
        raise ContentError(f"pages/{path.name}: the first line must be the title, as “# About”")
    return first.removeprefix("# "), body


def read_text_file(path):
    try:
        # Some editors put a mark before the first letter; "utf-8-sig" reads past it.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ContentError(f"{path.name}: this file is missing in {path.parent}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path.name}: cannot be read: {error}") from error


def nested_entries(entry, kind):
    return build_entries(entry.place, kind, entry.data.pop(kind, []))


def build_entries(place, kind, tables):
    if kind == "conference" or (kind in SINGLETON_TABLES and tables):
        return [require_single_table(place, kind, tables)]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ContentError(f"{place}: {kind}: write its name in double brackets, above each one")
    return [
        TomlEntry(f"{place}, {kind} {entry_label(table, number)}", number, table)
        for number, table in enumerate(tables, 1)
    ]


def require_single_table(place, kind, table):
    if not isinstance(table, dict):
        raise ContentError(f"{place}: {kind}: write it once, under [{kind}] in single brackets")
    return TomlEntry(f"{place}, {kind}", 1, table)


def entry_label(table, number):
    return f"“{table['slug']}”" if "slug" in table else number


def join_names(names):
    return ", ".join(sorted(names))
