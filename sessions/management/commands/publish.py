"""The publish command."""

import argparse

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from conference.models import Conference
from sessions.models import Release
from sessions.releases.exceptions import ConcurrentChangeError, NothingToPublishError, PublishBlockedError
from sessions.releases.formatting import format_summary
from sessions.releases.preview import publish_if_valid


class Command(BaseCommand):
    help = "Publish the draft programme as the next release."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--note", required=True, type=parse_note, help="What changed, in one sentence for the public."
        )
        parser.add_argument("--note-vi", type=parse_note, help="The note in Vietnamese.")
        parser.add_argument("--private-note", type=parse_note, help="An internal note, never published.")
        parser.add_argument(
            "--override-reason",
            type=parse_note,
            help="Publish in spite of blocking checks, for this reason, which is kept in the internal note.",
        )

    def handle(self, *, note: str, **options) -> None:
        """Publish the draft. An unchanged draft is not an error."""
        optional = {name: options.get(name) or "" for name in ("note_vi", "private_note", "override_reason")}
        try:
            release = publish_if_valid(note_en=note, **optional)
        except NothingToPublishError as error:
            self.stdout.write(str(error))
        except (PublishBlockedError, ConcurrentChangeError) as error:
            raise CommandError(str(error)) from None
        except Conference.DoesNotExist:
            raise CommandError("There is no conference to publish yet. Run manage.py quickstart first.") from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        else:
            self.stdout.write(f"Release {release.number} is published: {format_summary(release.changes)}.")


def parse_note(text: str) -> str:
    """Return the stripped note.

    Raises ArgumentTypeError if it is empty, too long, or not one line of valid text (isprintable also refuses the lone
    surrogates into which Python decodes bytes that are not UTF-8).
    """
    limit = Release._meta.get_field("note_en").max_length
    if not text.strip() or len(text) > limit or not text.isprintable():
        raise argparse.ArgumentTypeError(f"write one line of text, at most {limit} characters")
    return text.strip()
