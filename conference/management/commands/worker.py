import signal

from django.core.management.base import BaseCommand

from conference.registration import posting


class Command(BaseCommand):
    help = (
        "Sends the letters that are due, and each minute offers seats that became free and takes back offers that "
        "nobody accepted. Runs until it is stopped (SIGTERM or Ctrl-C: the letter at hand is finished). Several at "
        "once are fine."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="Do what is due now and end, as for cron.")

    def handle(self, *, once, **options):
        """Status 0; with --once 1 where the database does not answer."""
        if once:
            self.work_once()
            return
        stop = posting.Stop()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop.ask)
        self.stdout.write("The worker sends letters. Ctrl-C stops it.")
        self.stdout.flush()
        posting.work(stop)

    def work_once(self):
        try:
            posting.do_duties()
            sent = posting.send_due()
        except posting.AWAY as error:
            self.stderr.write(f"The database does not answer: {str(error).strip()}")
            raise SystemExit(1) from None
        self.stdout.write(f"Letters sent: {sent}.")
