"""Settings as conference.settings reads them, in a process of its own."""

import os
import subprocess
import sys

from conference.settings import BASE_DIR

SECRET_KEY = "a-key-for-tests-that-nobody-can-guess-0123456789-0123456789"


def read_setting(name, environment):
    """What a setting is in this environment, as Python prints it."""
    result = _read(f"print(settings.{name})", environment)
    result.check_returncode()
    return result.stdout.strip()


def settings_error(environment):
    """The last line that the site prints when it refuses to start in this environment; empty where it starts."""
    result = _read("", environment)
    return result.stderr.strip().splitlines()[-1] if result.returncode else ""


def _read(statement, environment):
    known = {variable: os.environ[variable] for variable in ("PATH", "HOME") if variable in os.environ}
    return subprocess.run(
        [sys.executable, "-c", f"from conference import settings; {statement}"],
        cwd=BASE_DIR,
        env=known | {"SECRET_KEY": SECRET_KEY} | environment,
        capture_output=True,
        text=True,
    )
