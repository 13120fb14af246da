import signal

from django.core.management.base import BaseCommand, CommandParser

from conference.mail import sender


class Command(BaseCommand):
    help = (
        "Send queued e-mails and, every minute, expire unanswered offers and offer free seats to the wait list. "
        "Runs until SIGTERM or Ctrl-C, after the current e-mail. Several workers can run at the same time."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do the pending work once and exit (for cron).")

    def handle(self, *, once: bool, **options) -> None:
        """Exit with status 1 if the database is unavailable and --once is given."""
        if once:
            self.work_once()
            return
        stop = sender.StopSignal()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop.request)
        self.stdout.write("The e-mail worker is running. Press Ctrl-C to stop.")
        self.stdout.flush()
        sender.run_worker(stop)

    def work_once(self) -> None:
        try:
            sender.run_periodic_tasks()
            sent = sender.send_pending()
        except sender.DATABASE_ERRORS as error:
            self.stderr.write(f"The database is not available: {str(error).strip()}")
            raise SystemExit(1) from None
        self.stdout.write(f"E-mails sent: {sent}.")
