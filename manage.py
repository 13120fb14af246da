#!/usr/bin/env python3
"""Django's command line. `manage.py quickstart` sets up a local site and serves it."""

import os
import sys


def main():
    # An old Python must be able to parse this file: no f-strings and no annotations with "|".
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
        from conference.management.renamed import replace_former_name

        execute_from_command_line(replace_former_name(sys.argv))


def quickstart():
    """Run the command without loading settings, because it creates the secret key that they read."""
    from conference.management.commands.quickstart import Command

    Command().run_from_argv(sys.argv)


if __name__ == "__main__":
    main()
