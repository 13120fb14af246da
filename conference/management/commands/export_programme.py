from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from conference.models import Conference
from sessions import exporting
from sessions.models import Release


class Command(BaseCommand):
    help = "Exports what is edited, or a release, to a file that ends in .xlsx, .zip (CSV) or .json."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--release", type=int, help="The number of a release; without it, what is edited.")

    def handle(self, *, file, release, **options):
        try:
            content = _content(file.suffix.lower(), release)
            file.write_bytes(content)
        except Conference.DoesNotExist:
            raise CommandError("There is no conference yet. Run manage.py quickstart first.") from None
        except Release.DoesNotExist:
            raise CommandError(f"There is no release {release}.") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Exported to {file}.")


def _content(ending, number):
    if ending not in WRITERS:
        raise CommandError(f"Name a file that ends in one of {', '.join(WRITERS)}.")
    if number is None:
        return WRITERS[ending](exporting.edited(), exporting.zone_of_the_conference())
    document = Release.objects.get(pk=number).document
    if ending == ".json":
        return exporting.as_json(document)
    return WRITERS[ending](exporting.released(document), exporting.zone_of(document))


WRITERS = {
    ".xlsx": exporting.as_xlsx,
    ".zip": exporting.as_zip,
    ".json": lambda records, _zone: exporting.as_json(records),
}
