"""Set up a local site and serve it."""

import os
import re
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.urls import reverse

from conference.environment import apply_renamed_variables
from conference.setup import data_dir, server

# The values of conference.setup.stages.Stage, which cannot be imported before the settings.
STAGES = ("before", "during", "after", "record")
ROOT = Path(__file__).resolve().parents[3]


class Command(BaseCommand):
    """Runs before settings load: manage.py calls it directly, and modules that need settings are imported late."""

    help = (
        "Set up a local site, once, and serve it. All data are in var/ (or DATA_DIR). "
        "Set ORGANIZER_EMAIL and ORGANIZER_PASSWORD in the environment to choose the organizer's account."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
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

        parser.add_argument(
            "--stage",
            choices=STAGES,
            help=(
                "How a new database shows the conference. before: on the next 7-9 December, with registration open "
                "(the default on a local site). during: today is its second day. after, record: in December 2020."
            ),
        )
        parser.add_argument(
            "--with-people",
            type=int,
            default=0,
            metavar="N",
            help="Add fictional registrations in every status until there are N. remove_sample_people removes them.",
        )

    def handle(self, *, port: str, serve: bool, reset: bool, interactive: bool, **options: Any) -> None:
        """Exit with status 1 and one line for errors that the user can fix, and with 130 after Ctrl-C in the set-up."""
        self.stage, self.people = options["stage"], options["with_people"]
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

    def start(self, port: int, serve: bool, reset: bool, interactive: bool) -> None:
        listener = bind_port(port) if serve else None
        # All files are readable only by their owner.
        os.umask(0o077)
        apply_renamed_variables()
        folder = Path(os.environ.get("DATA_DIR") or ROOT / "var").absolute()
        os.environ["DATA_DIR"] = str(folder)
        os.environ.setdefault("SITE_URL", f"http://{server.HOST}:{port}")
        # For a quick look without a second factor and a mail server. Settings ignore both on a public site.
        os.environ.setdefault("MFA_OPTIONAL_LOCALLY", "true")
        os.environ.setdefault("DEV_OUTBOX", "true")
        data_dir.create_data_dir(folder)
        with data_dir.setup_lock(folder):
            data_dir.create_secret_key(folder)
            django.setup()
            from conference.core.polling import polling_prevented

            if reset:
                self.reset(folder, interactive)
            with polling_prevented():
                self.prepare(folder)
        if serve:
            with polling_prevented():
                self.print_urls(port)
            with data_dir.serving_lock(folder):
                server.run_server(listener)

    def reset(self, folder: Path, interactive: bool) -> None:
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

    def prepare(self, folder: Path) -> None:
        from conference.setup import steps

        is_in_folder = database_name() == str(folder / data_dir.DATABASE_FILE)
        steps.reject_former_schema("use --reset" if is_in_folder else "use an empty database")
        self.stdout.write(f"Setting up the site in {folder}")
        (folder / data_dir.MEDIA_DIR).mkdir(exist_ok=True)
        self.step("Database", steps.migrate_database)
        steps.check_stage(self.stage, self.people)
        self.step("Content", partial(steps.load_initial_content, self.stage))
        self.step("Programme", steps.publish_first_release)
        if self.people:
            self.step("People", partial(steps.add_sample_people, self.people))
        if steps.is_organizer_missing():
            self.create_organizer()
        self.step("Static files", steps.collect_static_files)

    def step(self, name: str, work: Callable[[], str]) -> None:
        began = time.monotonic()
        self.stdout.write(f"  {name} ... ", ending="")
        self.stdout.flush()
        try:
            outcome = work()
        except BaseException:
            self.stdout.write("")
            raise
        self.stdout.write(f"{outcome} ({time.monotonic() - began:.1f} s)")

    def create_organizer(self) -> None:
        from conference.setup import steps

        preset = settings.ORGANIZER_PASSWORD
        password = preset or steps.generate_password()
        email = steps.create_organizer(settings.ORGANIZER_EMAIL, password)
        self.stdout.write("  Organizer's account:")
        self.stdout.write(f"    e-mail    {email}")
        self.stdout.write(f"    password  {'as given in ORGANIZER_PASSWORD' if preset else password}")
        if not preset:
            self.stdout.write("    Save it now: it is not shown again.")

    def print_urls(self, port: int) -> None:
        base_url = f"http://{server.HOST}:{port}"
        self.stdout.write(f"\nThe site:    {base_url}/")
        self.stdout.write(f"Organizers:  {base_url}/admin/")
        if settings.DEV_OUTBOX:
            self.stdout.write(f"E-mails:     {base_url}{reverse('mail:outbox')}")
        if settings.IS_LOCAL:
            self.print_tour(base_url)
        self.stdout.write("Press Ctrl-C to stop.")
        self.stdout.flush()

    def print_tour(self, base_url: str) -> None:
        from conference.setup import steps
        from conference.setup.tour import get_tour

        if dates := steps.describe_moved_dates():
            self.stdout.write(f"\n{dates}")
        self.stdout.write("\nTry it in three steps:")
        for number, step in enumerate(get_tour(), 1):
            self.stdout.write(f"  {number}. {step.title}: {step.text}")
            for link in step.links:
                self.stdout.write(f"     {base_url}{link.url}  {link.label}")
        self.stdout.write("")


def parse_port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise CommandError(f"--port must be a number from 1 to 65535; it is {text!r}.")
    return int(text)


def bind_port(port: int) -> socket.socket:
    try:
        return server.bind_socket(port)
    except server.PortInUseError:
        raise CommandError(
            f"Port {port} is in use. Stop the other program or choose another port: --port {port % 65535 + 1}."
        ) from None
    except OSError as error:
        raise CommandError(f"Port {port} cannot be used: {error.strerror}.") from None


def confirm_reset(folder: Path) -> None:
    """Ask for a confirmation on the terminal. Raises CommandError if it is not given."""
    if not sys.stdin.isatty():
        raise CommandError("--reset needs a terminal for the confirmation. Use --no-input to skip it.")
    question = f"Delete the database and all uploaded pictures in {folder}? Type yes to continue: "
    try:
        answer = input(question)
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        raise CommandError("Nothing was deleted.")


def database_name() -> str:
    return str(settings.DATABASES["default"]["NAME"])


def first_line_of(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
