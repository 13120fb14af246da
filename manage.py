#!/usr/bin/env python3
"""Django's command line for this site; `manage.py quickstart` prepares and runs it."""

import os
import sys


def main():
    # Written so that an old Python can read this far: no f-string.
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit("This site needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run: .venv/bin/pip install -r requirements.txt")
    if sys.argv[1:2] == ["quickstart"]:
        quickstart()
    else:
        execute_from_command_line(sys.argv)


def quickstart():
    """It makes the secret key that settings read, and Django finds a site's commands only after reading settings."""
    from conference.management.commands.quickstart import Command

    Command().run_from_argv(sys.argv)


if __name__ == "__main__":
    main()
