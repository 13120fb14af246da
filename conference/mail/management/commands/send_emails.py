import signal

from django.core.management.base import BaseCommand

from conference.mail import sender


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
        stop = sender.StopSignal()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop.request)
        self.stdout.write("The worker sends letters. Ctrl-C stops it.")
        self.stdout.flush()
        sender.run_worker(stop)

    def work_once(self):
        try:
            sender.run_periodic_tasks()
            sent = sender.send_pending()
        except sender.DATABASE_ERRORS as error:
            self.stderr.write(f"The database does not answer: {str(error).strip()}")
            raise SystemExit(1) from None
        self.stdout.write(f"Letters sent: {sent}.")
