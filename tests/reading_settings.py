"""Settings as conference.settings reads them, in a process of its own."""

import os
import subprocess
import sys

from conference.settings import BASE_DIR


def settings_of(name, environment):
    """What a setting is in this environment, as Python prints it."""
    known = {variable: os.environ[variable] for variable in ("PATH", "HOME") if variable in os.environ}
    return subprocess.run(
        [sys.executable, "-c", f"from conference import settings; print(settings.{name})"],
        cwd=BASE_DIR,
        env=known | {"SECRET_KEY": "x" * 60} | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
