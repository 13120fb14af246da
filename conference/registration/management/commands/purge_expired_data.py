from django.core.management.base import BaseCommand

from conference.core.database import extend_timeouts
from conference.registration import privacy


class Command(BaseCommand):
    help = (
        "Delete expired data: all registrations after the date in the registration settings (statistics are kept), "
        "unconfirmed accounts and expired sessions. The e-mail worker does this every hour."
    )

    def handle(self, **options) -> None:
        extend_timeouts()
        for description, number in privacy.purge_expired_data().items():
            self.stdout.write(f"{description}: {number}")
