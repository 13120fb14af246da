"""Load the content of a folder into a database that has no conference yet."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from conference.loading import CONTENT, ContentError, load, load_missing_for_registration
from conference.models import Announcement, Page, Partner
from sessions.models import Room, Session, Theme
from speakers.models import Speaker

LOADED = (Page, Partner, Announcement, Room, Theme, Speaker, Session)


class Command(BaseCommand):
    help = (
        "Loads the conference, its pages and its programme from files, if there is no conference yet; "
        "else only the categories and the consent text, where there are none."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, default=CONTENT, help="Where the files are; %(default)s.")

    def handle(self, *, folder, **options):
        try:
            loaded = load(folder)
            added = {} if loaded else load_missing_for_registration(folder)
        except ContentError as error:
            raise CommandError(str(error)) from error
        if loaded:
            self.stdout.write(f"Loaded {_counted()}.")
        elif added:
            counts = ", ".join(f"{number} {what}" for what, number in added.items())
            self.stdout.write(f"There is a conference already; added what registration needs: {counts}.")
        else:
            self.stdout.write("There is a conference already; nothing was loaded.")


def _counted():
    return ", ".join(f"{model._meta.verbose_name_plural} {model.objects.count()}" for model in LOADED)
