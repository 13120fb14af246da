from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from conference.core.spreadsheets import MAX_BYTES, make_too_large_error
from conference.models import Conference
from sessions.imports import ImportFailedError, preview_import, run_import


class Command(BaseCommand):
    help = "Import programme tables (.xlsx or .csv). If the file contains an error, nothing is imported."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Show the changes without saving them.")
        parser.add_argument("--delete-missing", action="store_true", help="Delete entries that are not in the file.")

    def handle(self, *, file, dry_run, delete_missing, **options):
        run = preview_import if dry_run else run_import
        try:
            outcome = run(read_upload(file), delete_missing=delete_missing)
        except ImportFailedError as refused:
            raise CommandError(f"Nothing was imported.\n{refused}") from refused
        except Conference.DoesNotExist:
            raise CommandError("There is no conference yet. Run manage.py quickstart first.") from None
        for tally in outcome.summaries:
            self.write_summary(tally)
        self.stdout.write("Nothing was changed: this was a dry run." if dry_run else "Imported.")

    def write_summary(self, tally):
        counts = f"{len(tally.new)} new, {len(tally.changed)} changed, {len(tally.deleted)} deleted, {tally.unchanged} unchanged"
        self.stdout.write(f"{tally.table}: {counts}")
        for name, headers in tally.changed:
            self.stdout.write(f"  changed: {name} ({', '.join(headers)})")
        for name in tally.deleted:
            self.stdout.write(f"  deleted: {name}")


def read_upload(file):
    try:
        if file.stat().st_size > MAX_BYTES:
            raise CommandError(str(make_too_large_error()))
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
