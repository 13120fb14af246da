"""Remove the fictional registrations that quickstart --with-people has added."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from conference.setup.sample_people import get_sample_users, remove_sample_people


class Command(BaseCommand):
    help = "Remove the fictional registrations that quickstart --with-people has added, and their limits of places."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Print how many there are, and change nothing.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        if dry_run:
            self.stdout.write(f"{get_sample_users().count()} fictional registrations would be removed.")
        else:
            self.stdout.write(f"Removed {remove_sample_people()} fictional registrations.")
