from django.core.management.base import BaseCommand

from conference.core.database import extend_timeouts
from conference.registration import privacy


class Command(BaseCommand):
    help = (
        "Erases what need not be kept: all registrations once the day set at the desk is over (counts remain), "
        "accounts that nobody confirmed, sessions that ended. Run it each night."
    )

    def handle(self, **options):
        """Prints one line for each kind, with how many."""
        extend_timeouts()
        for what, number in privacy.purge_expired_data().items():
            self.stdout.write(f"{what}: {number}")
