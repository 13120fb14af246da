"""Load the content of a folder into a database that has no conference yet."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conference.models import Announcement, Page, Partner
from conference.setup.content_files import ContentError
from conference.setup.content_loader import CONTENT_DIR, load_content, load_missing_for_registration
from sessions.models import Room, Session, Theme
from speakers.models import Speaker

LOADED_MODELS = (Page, Partner, Announcement, Room, Theme, Speaker, Session)


class Command(BaseCommand):
    help = (
        "Load the conference, its pages and its programme from files. If a conference exists, "
        "load only missing categories and the missing consent text."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, default=CONTENT_DIR, help="The folder with the files. Default: %(default)s."
        )

    def handle(self, *, folder: Path, **options: Any) -> None:
        try:
            loaded = load_content(folder)
            added = {} if loaded else load_missing_for_registration(folder)
        except ContentError as error:
            raise CommandError(str(error)) from error
        if loaded:
            self.stdout.write(f"Loaded {format_count()}.")
        elif added:
            counts = ", ".join(f"{number} {name}" for name, number in added.items())
            self.stdout.write(f"There is a conference already; added what registration needs: {counts}.")
        else:
            self.stdout.write("A conference already exists; nothing was loaded.")


def format_count() -> str:
    return ", ".join(f"{model._meta.verbose_name_plural} {model.objects.count()}" for model in LOADED_MODELS)
