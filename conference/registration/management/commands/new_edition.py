"""Start a new edition of the conference on other days."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import translation

from conference.core.database import extend_timeouts
from conference.models import Conference
from conference.registration.workflow import (
    EditionRequest,
    EditionResult,
    get_days_of_past_edition,
    preview_edition,
    start_edition,
)
from conference.registration.workflow.new_edition import NAME_FIELDS
from conference.site_data import format_date_range
from sessions.releases.exceptions import InvalidDocumentError


class Command(BaseCommand):
    help = (
        "Start a new edition on other days. Rooms, themes, speakers, pages and settings stay, registrations of the "
        "past edition are erased, and nothing is published. The old programme stays readable at its release."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--first-day", required=True, type=parse_date, help="The new first day, as 2027-01-18.")
        parser.add_argument(
            "--last-day", type=parse_date, help="The new last day. By default the edition keeps its number of days."
        )
        for name in NAME_FIELDS:
            parser.add_argument(
                f"--{name.replace('_', '-')}",
                default="",
                help=f"A new {Conference._meta.get_field(name).verbose_name}.",
            )
        parser.add_argument(
            "--keep-sessions",
            action="store_true",
            help="Keep sessions as drafts, by position of day. By default the draft has no sessions.",
        )
        parser.add_argument(
            "--keep-quotas",
            action="store_true",
            help="Keep the daily limits, by position of day. By default there are none.",
        )
        parser.add_argument(
            "--erase-registrations",
            action="store_true",
            help="Erase the registrations of the past edition now, although they are to be kept longer.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Print what would change, and change nothing.")

    def handle(
        self, *, first_day: datetime.date, last_day: datetime.date | None, dry_run: bool, **options: Any
    ) -> None:
        extend_timeouts()
        operation = preview_edition if dry_run else start_edition
        names = {name: options[name] for name in NAME_FIELDS}
        choices = {name: options[name] for name in ("keep_sessions", "keep_quotas", "erase_registrations")}
        try:
            validate_names(names)
            days = get_days_of_past_edition()
            last_day = last_day or first_day + (days[-1] - days[0])
            result = operation(EditionRequest(first_day, last_day, names, **choices), by=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except InvalidDocumentError as error:
            raise CommandError(f"The draft cannot be read: {error}") from None
        except OverflowError:
            raise CommandError("Enter a date that can exist.") from None
        except Conference.DoesNotExist:
            raise CommandError("There is no conference. Run manage.py quickstart first.") from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        self.report(result, first_day, last_day, dry_run)

    def report(self, result: EditionResult, first_day: datetime.date, last_day: datetime.date, dry_run: bool) -> None:
        edition = result.edition
        with translation.override("en"):
            before = format_date_range(edition.first_day, edition.last_day)
            after = format_date_range(first_day, last_day)
        self.stdout.write(f"{'Would start' if dry_run else 'Started'} the edition of {after} after that of {before}.")
        self.stdout.write(f"Sessions: {result.kept_sessions} drafts, {result.removed_sessions} removed")
        self.stdout.write(f"Limits: {result.kept_quotas} kept, {result.removed_quotas} removed")
        self.stdout.write(f"Registrations erased: {result.erased}")
        if result.unpublished:
            self.stdout.write(f"Unpublished changes that the past programme does not contain: {result.unpublished}")
        self.stdout.write(
            "Nothing was changed."
            if dry_run
            else f"Release {edition.release_id} stays public until you publish the new programme."
        )


def parse_date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def validate_names(names: dict[str, str]) -> None:
    """Raise ValidationError for a name that is too long."""
    for name, value in names.items():
        if value:
            Conference._meta.get_field(name).clean(value, None)
