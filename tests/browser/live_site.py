"""The real site, prepared and served as the README says, each in a folder and at a port of its own.

`python -m tests.browser.serving COMMAND ...` runs a program while the site is served, with its address in $SITE.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .page_catalogue import TODAY_IN_HA_NOI

ROOT = Path(__file__).resolve().parents[2]


def prepared_site(folder):
    """A folder in which quickstart has prepared the site with the content that ships."""
    run_server(folder, "manage.py", "quickstart", "--no-serve")
    return folder


def copy_for_scenario(folder, shipped, phase):
    """A copy of a prepared folder whose conference an organizer has moved: see tests.browser.rehearsal."""
    shutil.copytree(shipped, folder)
    run_server(folder, "-m", "tests.browser.scenarios", phase, str(TODAY_IN_HA_NOI))
    return folder


def run_server(folder, *arguments):
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean_environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@contextlib.contextmanager
def serve(folder):
    """The address of the site in this folder, while it is served."""
    port = free_port()
    with open(folder / "server.log", "w+") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "quickstart", "--port", str(port)],
            cwd=ROOT,
            env=clean_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_ready(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_ready(process, port, log):
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            if connection.recv(12).endswith(b"200"):
                return
    log.seek(0)
    raise AssertionError(f"The site did not start:\n{log.read()}")


def clean_environment(folder):
    """Nothing from outside decides how the site runs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "conference.settings",
        "ORGANIZER_PASSWORD": "correct-horse-battery-staple",
        "WEB_CONCURRENCY": "1",
    }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_while_served(command):
    """The exit status of a program that finds the site's address in $SITE."""
    with tempfile.TemporaryDirectory() as folder, serve(prepared_site(Path(folder) / "shipped")) as site:
        return subprocess.run(command, env={**os.environ, "SITE": site}).returncode


if __name__ == "__main__":
    sys.exit(run_while_served(sys.argv[1:]))
