import argparse

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from conference.models import Conference
from sessions.models import Release
from sessions.releases.diff import NAME_FIELDS
from sessions.releases.exceptions import ConcurrentChangeError, NothingToPublishError, PublishBlockedError
from sessions.releases.preview import publish_if_valid


class Command(BaseCommand):
    help = "Publish the draft programme as the next release."

    def add_arguments(self, parser):
        parser.add_argument(
            "--note", required=True, type=parse_note, help="What changed, in one sentence for the public."
        )
        parser.add_argument("--note-vi", type=parse_note, help="The note in Vietnamese.")
        parser.add_argument("--private-note", type=parse_note, help="An internal note, never published.")

    def handle(self, *, note, note_vi, private_note, **options):
        """Nothing to publish is no error: the public already sees what it should."""
        try:
            release = publish_if_valid(note_en=note, note_vi=note_vi or "", private_note=private_note or "")
        except NothingToPublishError as nothing:
            self.stdout.write(str(nothing))
        except (PublishBlockedError, ConcurrentChangeError) as refusal:
            raise CommandError(str(refusal)) from None
        except Conference.DoesNotExist:
            raise CommandError("There is no conference to publish yet. Run manage.py quickstart first.") from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        else:
            self.stdout.write(f"Release {release.number} is published: {format_summary(release.changes)}.")


def parse_note(text):
    """A note's text, or argparse's error; bytes that are no UTF-8 arrive as lone surrogates."""
    limit = Release._meta.get_field("note_en").max_length
    if not text.strip() or len(text) > limit or not text.isprintable():
        raise argparse.ArgumentTypeError(f"write one line of text, at most {limit} characters")
    return text.strip()


def format_summary(changes):
    """What changed against the release before it: "sessions 2 added, 1 changed; speakers 1 removed; time_zone"."""
    counts = {
        kind: ", ".join(f"{len(parts)} {what}" for what, parts in changes[kind].items() if parts)
        for kind in NAME_FIELDS
    }
    return "; ".join([*(f"{kind} {count}" for kind, count in counts.items() if count), *changes["facts"]])
