"""The export_programme command."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conference.models import Conference
from sessions import exports
from sessions.models import Release
from sessions.releases.draft import get_conference_time_zone

WRITERS = {
    ".xlsx": exports.to_xlsx,
    ".zip": exports.to_csv_zip,
    ".json": lambda records, _zone: exports.to_json(records),
}


class Command(BaseCommand):
    help = "Export the draft programme or a release to a .xlsx, .zip (CSV) or .json file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--release", type=int, help="The number of a release. Default: the draft.")

    def handle(self, *, file: Path, release: int | None, **options) -> None:
        try:
            file.write_bytes(render_export(file.suffix.lower(), release))
        except Conference.DoesNotExist:
            raise CommandError("There is no conference yet. Run manage.py quickstart first.") from None
        except Release.DoesNotExist:
            raise CommandError(f"Release {release} does not exist.") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Exported to {file}.")


def render_export(suffix: str, number: int | None) -> bytes:
    """Return the draft, or the release with this number, in the format of a file name suffix."""
    if suffix not in WRITERS:
        raise CommandError(f"The file name must end in one of {', '.join(WRITERS)}.")
    if number is None:
        return WRITERS[suffix](exports.build_draft_records(), get_conference_time_zone())
    document = Release.objects.get(pk=number).document
    if suffix == ".json":
        return exports.to_json(document)
    return WRITERS[suffix](exports.build_release_records(document), exports.get_document_time_zone(document))
