"""Remove the fictional registrations that quickstart --with-people has added."""

from typing import Any

from django.core.management.base import BaseCommand

from conference.setup.sample_people import remove_sample_people


class Command(BaseCommand):
    help = "Remove the fictional registrations that quickstart --with-people has added, and their limits of places."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Removed {remove_sample_people()} fictional registrations.")
