import argparse

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from conference.models import Conference
from sessions.differences import NAME
from sessions.models import Release
from sessions.publishing import NothingToPublish, StillChanging
from sessions.review import Blocked, publish_checked


class Command(BaseCommand):
    help = "Makes the programme as it is in the editing tables the next release, for everyone to see."

    def add_arguments(self, parser):
        parser.add_argument("--note", required=True, type=note, help="What changed, in a sentence for the public.")
        parser.add_argument("--note-vi", type=note, help="The same in Vietnamese.")
        parser.add_argument("--private-note", type=note, help="What only the desk is to know.")

    def handle(self, *, note, note_vi, private_note, **options):
        """Nothing to publish is no error: the public already sees what it should."""
        try:
            release = publish_checked(note_en=note, note_vi=note_vi or "", private_note=private_note or "")
        except NothingToPublish as nothing:
            self.stdout.write(str(nothing))
        except (Blocked, StillChanging) as refusal:
            raise CommandError(str(refusal)) from None
        except Conference.DoesNotExist:
            raise CommandError("There is no conference to publish yet. Run manage.py quickstart first.") from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        else:
            self.stdout.write(f"Release {release.number} is published: {summary(release.changes)}.")


def note(text):
    """A note's text, or argparse's error; bytes that are no UTF-8 arrive as lone surrogates."""
    limit = Release._meta.get_field("note_en").max_length
    if not text.strip() or len(text) > limit or not text.isprintable():
        raise argparse.ArgumentTypeError(f"write one line of text, at most {limit} characters")
    return text.strip()


def summary(changes):
    """What changed against the release before it: "sessions 2 added, 1 changed; speakers 1 removed; time_zone"."""
    counts = {
        kind: ", ".join(f"{len(parts)} {what}" for what, parts in changes[kind].items() if parts) for kind in NAME
    }
    return "; ".join([*(f"{kind} {count}" for kind, count in counts.items() if count), *changes["facts"]])
