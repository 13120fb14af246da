"""The settings module loaded in a separate process."""

import os
import subprocess
import sys

from conference.settings import BASE_DIR

SECRET_KEY = "a-key-for-tests-that-nobody-can-guess-0123456789-0123456789"


def read_setting(name, environment):
    """Return the printed value of a setting in this environment."""
    result = run_python(f"print(settings.{name})", environment)
    result.check_returncode()
    return result.stdout.strip()


def settings_error(environment):
    """Return the last line of the error with which the settings fail to load; empty if they load."""
    result = run_python("", environment)
    return result.stderr.strip().splitlines()[-1] if result.returncode else ""


def run_python(statement, environment):
    inherited = {variable: os.environ[variable] for variable in ("PATH", "HOME") if variable in os.environ}
    return subprocess.run(
        [sys.executable, "-c", f"from conference import settings; {statement}"],
        cwd=BASE_DIR,
        env=inherited | {"SECRET_KEY": SECRET_KEY} | environment,
        capture_output=True,
        text=True,
    )
