from django.core.management.base import BaseCommand, CommandError

from conference.accounts.email_ownership import find_owner
from conference.accounts.mfa import reset_mfa


class Command(BaseCommand):
    help = "Takes away the second factor of an organizer who lost it. At the next sign-in a new one is set up."

    def add_arguments(self, parser):
        parser.add_argument("email", help="The address the organizer signs in with.")

    def handle(self, *, email, **options):
        user = find_owner(email)
        if user is None:
            raise CommandError(f"Nobody signs in with {email}.")
        count = reset_mfa(user)
        self.stdout.write(f"{count} taken away from {user}." if count else f"{user} has none.")
