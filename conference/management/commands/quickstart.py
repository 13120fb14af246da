import os
import re
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from conference.setup import data_dir, server

ROOT = Path(__file__).resolve().parents[3]


class Command(BaseCommand):
    """Begins before settings can be read, so manage.py calls it by itself and what needs them is imported late."""

    help = (
        "Prepares the site on this machine, once, and serves it. Everything it keeps is in var/ (or DATA_DIR). "
        "Set ORGANIZER_EMAIL and ORGANIZER_PASSWORD in the environment to choose the organizer's account."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--port", default="8000", metavar="N", help="The port to serve on: http://127.0.0.1:N/ (default: 8000)."
        )
        parser.add_argument(
            "--no-serve", dest="serve", action="store_false", help="Set up the site without serving it."
        )
        parser.add_argument(
            "--reset",
            action="store_true",
            help="Delete the database and all uploaded pictures first, after a confirmation.",
        )
        parser.add_argument(
            "--no-input",
            "--noinput",
            dest="interactive",
            action="store_false",
            help="With --reset: do not ask for confirmation.",
        )

    def handle(self, *, port, serve, reset, interactive, **options):
        """Status 1 and one line for whatever a person can mend; 130 where Ctrl-C stopped it halfway."""
        try:
            self.start(parse_port(port), serve, reset, interactive)
        except (CommandError, ImproperlyConfigured) as error:
            sys.exit(str(error))
        except DatabaseError as error:
            sys.exit(f"The database {database_name()} cannot be used: {first_line_of(error)}.")
        except OSError as error:
            sys.exit(f"{error.filename or 'A file that the site needs'} cannot be used: {error.strerror or error}.")
        except KeyboardInterrupt:
            self.stderr.write("Interrupted during setup. Run the command again to continue.")
            sys.exit(130)

    def start(self, port, serve, reset, interactive):
        listener = bind_port(port) if serve else None
        # What the site keeps is nobody else's to read.
        os.umask(0o077)
        folder = Path(os.environ.get("DATA_DIR") or ROOT / "var").absolute()
        os.environ["DATA_DIR"] = str(folder)
        os.environ.setdefault("SITE_URL", f"http://{server.HOST}:{port}")
        # To look around, nobody needs a phone. Settings grant it only where the site is on this machine alone.
        os.environ.setdefault("MFA_OPTIONAL_LOCALLY", "true")
        # Nor a mail server; with an EMAIL_URL letters are sent as anywhere.
        os.environ.setdefault("DEV_OUTBOX", "true")
        data_dir.create_data_dir(folder)
        with data_dir.setup_lock(folder):
            data_dir.create_secret_key(folder)
            django.setup()
            if reset:
                self.reset(folder, interactive)
            self.prepare(folder)
        if serve:
            self.welcome(port)
            with data_dir.serving_lock(folder):
                server.run_server(listener)

    def reset(self, folder, interactive):
        if database_name() != str(folder / data_dir.DATABASE_FILE):
            raise CommandError("--reset deletes only a database in var/, but this site uses another database.")
        if not data_dir.is_managed(folder):
            raise CommandError(f"--reset deletes only a folder created by quickstart; {folder} was not.")
        if interactive:
            confirm_reset(folder)
        try:
            data_dir.wipe_data_dir(folder)
        except data_dir.DataDirInUseError:
            raise CommandError(f"The site in {folder} is running; stop it before you use --reset.") from None

    def prepare(self, folder):
        from conference.setup import steps

        self.stdout.write(f"Setting up the site in {folder}")
        (folder / data_dir.MEDIA_DIR).mkdir(exist_ok=True)
        self.step("Database", steps.migrate_database)
        self.step("Content", steps.load_initial_content)
        self.step("Programme", steps.publish_first_release)
        if steps.is_organizer_missing():
            self.make_organizer(steps)
        self.step("Static files", steps.collect_static_files)

    def step(self, name, work):
        began = time.monotonic()
        self.stdout.write(f"  {name} ... ", ending="")
        self.stdout.flush()
        try:
            outcome = work()
        except BaseException:
            self.stdout.write("")
            raise
        self.stdout.write(f"{outcome} ({time.monotonic() - began:.1f} s)")

    def make_organizer(self, preparing):
        preset = settings.ORGANIZER_PASSWORD
        password = preset or preparing.password()
        email = preparing.make_organizer(settings.ORGANIZER_EMAIL, password)
        self.stdout.write("  Organizer's account:")
        self.stdout.write(f"    e-mail    {email}")
        self.stdout.write(f"    password  {'as given in ORGANIZER_PASSWORD' if preset else password}")
        if not preset:
            self.stdout.write("    Save it now: it is not shown again.")

    def welcome(self, port):
        self.stdout.write(f"\nThe site:    http://{server.HOST}:{port}/")
        self.stdout.write(f"Organizers:  http://{server.HOST}:{port}/admin/")
        if settings.DEV_OUTBOX:
            self.stdout.write(f"E-mails:     http://{server.HOST}:{port}/letters/")
        self.stdout.write("Press Ctrl-C to stop.")
        self.stdout.flush()


def parse_port(text):
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise CommandError(f"--port must be a number from 1 to 65535; it is {text!r}.")
    return int(text)


def bind_port(port):
    try:
        return server.bind_socket(port)
    except server.PortInUseError:
        raise CommandError(
            f"Port {port} is in use. Stop the other program or choose another port: --port {port % 65535 + 1}."
        ) from None
    except OSError as error:
        raise CommandError(f"Port {port} cannot be used: {error.strerror}.") from None


def confirm_reset(folder):
    if not sys.stdin.isatty():
        raise CommandError("--reset needs a terminal for the confirmation. Use --no-input to skip it.")
    question = f"Delete the database and all uploaded pictures in {folder}? Type yes to continue: "
    try:
        answer = input(question)
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        raise CommandError("Nothing was deleted.")


def database_name():
    return str(settings.DATABASES["default"]["NAME"])


def first_line_of(error):
    return str(error).strip().split("\n")[0].rstrip(".")
