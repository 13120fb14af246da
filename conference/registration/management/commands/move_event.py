"""Move the whole event to other days."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import translation

from conference.core.database import extend_timeouts
from conference.models import Conference
from conference.registration.workflow import MoveRequest, MoveResult, get_days_to_move, move_event, preview_move
from conference.site_data import format_date_range
from sessions.releases.exceptions import ConcurrentChangeError, InvalidDocumentError, PublishBlockedError
from sessions.releases.formatting import format_summary


class Command(BaseCommand):
    help = (
        "Move the event to other days: sessions, seats, limits and the period of registration, as one release. Local "
        "hours are kept. Attendees are not told: do that in the admin, under “Moves of the event”."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--first-day", required=True, type=parse_date, help="The new first day, as 2027-01-18.")
        parser.add_argument(
            "--last-day", type=parse_date, help="The new last day. By default the event keeps its number of days."
        )
        parser.add_argument(
            "--removed-day",
            action="append",
            default=[],
            metavar="OLD[=NEW]",
            type=parse_removed_day,
            help=(
                "For an event with fewer days: what becomes of an old day. With =NEW its sessions and seats go to that "
                "new day. Without, its sessions become drafts and its seats are released. Once for each removed day."
            ),
        )
        parser.add_argument("--dry-run", action="store_true", help="Print what would change, and change nothing.")

    def handle(
        self,
        *,
        first_day: datetime.date,
        last_day: datetime.date | None,
        removed_day: list[tuple[datetime.date, datetime.date | None]],
        dry_run: bool,
        **options: Any,
    ) -> None:
        extend_timeouts()
        operation = preview_move if dry_run else move_event
        try:
            days = get_days_to_move()
            last_day = last_day or first_day + (days[-1] - days[0])
            result = operation(MoveRequest(first_day, last_day, dict(removed_day)), by=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except (PublishBlockedError, ConcurrentChangeError, InvalidDocumentError) as error:
            raise CommandError(str(error)) from None
        except Conference.DoesNotExist:
            raise CommandError("There is no conference to move. Run manage.py quickstart first.") from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        self.report(result, dry_run)

    def report(self, result: MoveResult, dry_run: bool) -> None:
        move = result.move
        with translation.override("en"):
            before = format_date_range(move.from_first_day, move.from_last_day)
            after = format_date_range(move.first_day, move.last_day)
        self.stdout.write(f"{'Would move' if dry_run else 'Moved'} the event from {before} to {after}.")
        for old, new in move.day_map.items():
            self.stdout.write(f"  {old} -> {new or 'removed'}")
        self.stdout.write(f"Programme: {format_summary(result.changes)}")
        self.stdout.write(
            f"Seats in use: {result.seats}; of removed days: {result.removed_seats}; limits: {result.quotas}"
        )
        if dry_run:
            self.stdout.write("Nothing was changed.")
        else:
            self.stdout.write(
                f"Release {move.release_number} is published. {result.attendees} people are not told yet."
            )


def parse_date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def parse_removed_day(text: str) -> tuple[datetime.date, datetime.date | None]:
    old, _separator, new = text.partition("=")
    return parse_date(old), parse_date(new) if new else None
