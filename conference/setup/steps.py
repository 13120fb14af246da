"""Set-up steps of quickstart. Each is idempotent and returns a short description of what it did."""

import hashlib
import secrets
from pathlib import Path

import django
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from conference.core.email_addresses import canonical_email, email_key
from conference.models import Conference
from conference.site_data import format_date_range
from sessions.models import Release
from sessions.releases.publish import publish_draft

from . import sample_people
from .content_files import ContentError
from .content_loader import load_missing_for_registration
from .former_schema import has_former_schema
from .stages import Stage, load_stage, read_first_day

# Without characters that look alike.
UNAMBIGUOUS_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"
MAX_PEOPLE = 1000


def reject_former_schema(instead: str) -> None:
    """Raise CommandError for a database of a development version; instead says how to start over."""
    if has_former_schema(connection):
        raise CommandError(
            f"The database {settings.DATABASES['default']['NAME']} was created by an earlier development version: keep "
            f"it and use that version to export its data, or {instead}."
        )


def migrate_database() -> str:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    # Also without pending migrations: post_migrate creates missing permissions and groups.
    call_command("migrate", interactive=False, verbosity=0)
    if not plan:
        return "unchanged"
    return "created" if len(plan) == len(executor.loader.graph.nodes) else "updated"


def check_stage(stage: str | None, people: int) -> None:
    """Raise CommandError for a stage of an existing conference, and for either option on a public site."""
    if (stage or people) and not settings.IS_LOCAL:
        raise CommandError(f"--stage and --with-people are for a local site, not for {settings.SITE_URL}.")
    if stage and Conference.objects.exists():
        raise CommandError(f"--stage {stage} needs a new database. Add --reset to delete the present one.")
    if not 0 <= people <= MAX_PEOPLE:
        raise CommandError(f"--with-people must be a number from 0 to {MAX_PEOPLE}; it is {people}.")


def load_initial_content(stage: str | None = None) -> str:
    """Load the shipped content at a stage: by default, before the conference, and on a public site as on record."""
    chosen = Stage(stage) if stage else Stage.BEFORE if settings.IS_LOCAL else Stage.RECORD
    try:
        if load_stage(chosen):
            return f"loaded at the stage “{chosen}”"
        added = load_missing_for_registration()
    except ContentError as error:
        raise CommandError(str(error)) from error
    if not added:
        return "unchanged"
    counts = ", ".join(f"{number} {name}" for name, number in added.items())
    return f"unchanged; added what registration needs from the shipped content: {counts}"


def publish_first_release() -> str:
    if Release.objects.exists():
        return "unchanged"
    release = publish_draft(note_en="The programme as first published.", note_vi="Chương trình công bố lần đầu.")
    return f"release {release.number} published"


def describe_moved_dates() -> str:
    """Return a line about the moved dates if the conference is not in the year on record, otherwise an empty string."""
    conference, on_record = Conference.objects.first(), read_first_day()
    if conference is None or conference.starts_on == on_record:
        return ""
    days = format_date_range(conference.starts_on, conference.ends_on)
    on_record_days = f"The dates were moved from December {on_record.year} to {days}."
    return f"{on_record_days} For the dates on record: quickstart --reset --stage record"


def add_sample_people(number: int) -> str:
    try:
        return f"{sample_people.add_sample_people(number)} fictional registrations added"
    except sample_people.NoDaysLeftError:
        raise CommandError("--with-people needs a stage with days to come: --stage before or during.") from None


def is_organizer_missing() -> bool:
    return not get_user_model().objects.filter(is_superuser=True).exists()


@transaction.atomic
def create_organizer(email: str, password: str) -> str:
    """Create a superuser with a confirmed e-mail address, and return the address. Raises CommandError."""
    user_model = get_user_model()
    email = canonical_email(email)
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"ORGANIZER_EMAIL is not a valid e-mail address: {email!r}.") from None
    if (
        len(email) > user_model._meta.get_field("username").max_length
        or user_model.objects.filter(username=email_key(email)).exists()
    ):
        raise CommandError(f"ORGANIZER_EMAIL cannot be used because it is too long or already has an account: {email}.")
    user = user_model.objects.create_superuser(email_key(email), email, password)
    EmailAddress.objects.create(user=user, email=email_key(email), verified=True, primary=True)
    return email


def generate_password() -> str:
    """Return four groups of five characters: 99 bits, and easy to type."""
    return "-".join("".join(secrets.choice(UNAMBIGUOUS_CHARACTERS) for _ in range(5)) for _ in range(4))


def collect_static_files() -> str:
    """Collect static files in the data directory; a STATIC_ROOT elsewhere is a part of the installed version."""
    if not Path(settings.STATIC_ROOT).is_relative_to(settings.DATA_DIR):
        return f"not changed: {settings.STATIC_ROOT} is outside DATA_DIR"
    fingerprint, fingerprint_file = static_files_fingerprint(), settings.DATA_DIR / "static.fingerprint"
    is_current = fingerprint_file.exists() and fingerprint_file.read_text() == fingerprint
    if is_current and Path(settings.STATIC_ROOT).exists():
        return "unchanged"
    # Written last, so that an interrupted collection starts again.
    fingerprint_file.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    fingerprint_file.write_text(fingerprint)
    return "collected"


def static_files_fingerprint() -> str:
    """Return a hash of the names, sizes and modification times of static files, Django's version and the storage."""
    parts = [django.__version__, repr(settings.STORAGES["staticfiles"])]
    for finder in get_finders():
        for name, storage in finder.list(None):
            status = Path(storage.path(name)).stat()
            parts.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(parts)).encode("utf-8", "surrogateescape")).hexdigest()
