#!/usr/bin/env python3
"""Django's command line for this site; `manage.py quickstart` prepares and runs it."""

import os
import sys


def main():
    if sys.version_info < (3, 11):
        sys.exit("This site needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run: .venv/bin/pip install -r requirements.txt")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
