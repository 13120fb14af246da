"""What a site needs before it can be served. Each part is done once: done again it finds nothing to do and says so."""

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

from sessions.models import Release
from sessions.releases.publish import publish_draft

from .content_loader import ContentError, load_content, load_missing_for_registration

# No letter or digit that can be taken for another one.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def migrate_database():
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    # Even with none waiting: permissions and groups are made after the last one.
    call_command("migrate", interactive=False, verbosity=0)
    return "created" if len(waiting) == len(executor.loader.graph.nodes) else "updated" if waiting else "unchanged"


def load_initial_content():
    try:
        return "loaded" if load_content() else _already_there(load_missing_for_registration())
    except ContentError as error:
        raise CommandError(str(error)) from error


def _already_there(added):
    if not added:
        return "unchanged"
    counts = ", ".join(f"{number} {what}" for what, number in added.items())
    return f"already there, without what registration needs; added from the shipped content: {counts}"


def publish_first_release():
    if Release.objects.exists():
        return "unchanged"
    release = publish_draft(note_en="The programme as first published.", note_vi="Chương trình công bố lần đầu.")
    return f"release {release.number} published"


def is_organizer_missing():
    return not get_user_model().objects.filter(is_superuser=True).exists()


@transaction.atomic
def create_organizer(email, password):
    """An account that may do everything, with an address that needs no confirming: the address. Raises CommandError."""
    User = get_user_model()
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"ORGANIZER_EMAIL is not a valid e-mail address: {email!r}.") from None
    if len(email) > User._meta.get_field("username").max_length or User.objects.filter(username=email).exists():
        raise CommandError(f"ORGANIZER_EMAIL cannot be used because it is too long or already has an account: {email}.")
    user = User.objects.create_superuser(email, email, password)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return email


def generate_password():
    """Four words of five letters, 99 bits: from a terminal it can be copied, from paper it can be typed."""
    return "-".join("".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(5)) for _ in range(4))


def collect_static_files():
    fingerprint, kept = static_files_fingerprint(), settings.DATA_DIR / "static.fingerprint"
    if kept.exists() and kept.read_text() == fingerprint and Path(settings.STATIC_ROOT).exists():
        return "unchanged"
    # Written last, so that what was interrupted is begun again.
    kept.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    kept.write_text(fingerprint)
    return "collected"


def static_files_fingerprint():
    """What the collected files depend on: the name, size and time of each, and what collects them."""
    facts = [django.__version__, repr(settings.STORAGES["staticfiles"])]
    for finder in get_finders():
        for name, storage in finder.list(None):
            status = Path(storage.path(name)).stat()
            facts.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(facts)).encode("utf-8", "surrogateescape")).hexdigest()
