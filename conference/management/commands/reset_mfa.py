"""Remove the second factors of an organizer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conference.accounts.email_ownership import find_owner
from conference.accounts.mfa import reset_mfa


class Command(BaseCommand):
    help = "Remove the second factors of an organizer who has lost the device. The next sign-in sets up a new one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The organizer's e-mail address.")

    def handle(self, *, email: str, **options: Any) -> None:
        user = find_owner(email)
        if user is None:
            raise CommandError(f"No account has the e-mail address {email}.")
        count = reset_mfa(user)
        self.stdout.write(f"{count} second factors of {user} removed." if count else f"{user} has no second factor.")
