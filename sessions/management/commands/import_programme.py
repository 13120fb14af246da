"""The import_programme command."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conference.core.spreadsheets import MAX_BYTES, make_too_large_error
from conference.models import Conference
from sessions.imports import DateOrder, ImportFailedError, TableSummary, preview_import, run_import


class Command(BaseCommand):
    help = "Import programme tables (.xlsx or .csv). If the file contains an error, nothing is imported."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Show the changes without saving them.")
        parser.add_argument("--delete-missing", action="store_true", help="Delete entries that are not in the file.")

        parser.add_argument(
            "--date-order",
            type=DateOrder,
            choices=list(DateOrder),
            help="How to read dates such as 1/8/2027. By default the dates and the conference's days decide.",
        )

    def handle(
        self, *, file: Path, dry_run: bool, delete_missing: bool, date_order: DateOrder | None, **options
    ) -> None:
        run = preview_import if dry_run else run_import
        try:
            result = run(read_file(file), delete_missing=delete_missing, date_order=date_order)
        except ImportFailedError as error:
            raise CommandError(f"Nothing was imported.\n{error}") from error
        except Conference.DoesNotExist:
            raise CommandError("There is no conference yet. Run manage.py quickstart first.") from None
        for note in result.notes:
            self.stdout.write(f"Note: {note}")
        if result.dates.order is None:
            self.stdout.write(f"Dates such as {result.dates.example} can be read in two ways: choose --date-order.")
        for summary in result.summaries:
            self.write_summary(summary)
        if dry_run:
            for issue in result.new_issues:
                self.stdout.write(f"{issue.severity.label}: {issue.text}")
        self.stdout.write("Nothing was changed: this was a dry run." if dry_run else "Imported.")

    def write_summary(self, summary: TableSummary) -> None:
        self.stdout.write(
            f"{summary.table}: {len(summary.new)} new, {len(summary.changed)} changed, "
            f"{len(summary.deleted)} deleted, {summary.unchanged} unchanged"
        )
        for row in summary.new:
            self.stdout.write(f"  new: {row.name}")
        for row in summary.changed:
            self.stdout.write(f"  changed: {row.name} ({', '.join(row.headers)})")
        for name in summary.deleted:
            self.stdout.write(f"  deleted: {name}")


def read_file(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise CommandError(str(make_too_large_error()))
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
