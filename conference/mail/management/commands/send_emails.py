import signal

from django.core.management.base import BaseCommand

from conference.mail import sender


class Command(BaseCommand):
    help = (
        "Send queued e-mails and, every minute, expire unanswered offers and offer free seats to the wait list. "
        "Runs until SIGTERM or Ctrl-C, after the current e-mail. Several workers can run at the same time."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="Do the pending work once and exit (for cron).")

    def handle(self, *, once, **options):
        """Status 0; with --once 1 where the database does not answer."""
        if once:
            self.work_once()
            return
        stop = sender.StopSignal()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop.request)
        self.stdout.write("Sending e-mails. Press Ctrl-C to stop.")
        self.stdout.flush()
        sender.run_worker(stop)

    def work_once(self):
        try:
            sender.run_periodic_tasks()
            sent = sender.send_pending()
        except sender.DATABASE_ERRORS as error:
            self.stderr.write(f"The database is not available: {str(error).strip()}")
            raise SystemExit(1) from None
        self.stdout.write(f"E-mails sent: {sent}.")
