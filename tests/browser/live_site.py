"""The site as quickstart prepares and serves it, in its own folder and on its own port.

`python -m tests.browser.live_site COMMAND ...` runs a program while the site is served, with its URL in $SITE.
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
ORGANIZER, PASSWORD = "organizer@conference.example", "correct-horse-battery-staple"


def prepare_site(folder, stage="record"):
    """Prepare a site with the initial content at a stage in a folder, and return the folder."""
    run_server(folder, "manage.py", "quickstart", "--no-serve", "--stage", stage)
    return folder


def copy_for_scenario(folder, prepared_folder, phase):
    """Copy a prepared folder, apply a scenario of tests.browser.scenarios, and return the copy.

    "shipped" changes nothing, "registration" adds sample registrations, and a stage of quickstart, such as
    "stage-before", makes a new database.
    """
    shutil.copytree(prepared_folder, folder)
    if phase.startswith("stage-"):
        # Keep the collected static files, which take as long as all other steps.
        for file in folder.glob("*.sqlite3*"):
            file.unlink()
        prepare_site(folder, phase.removeprefix("stage-"))
    elif phase == "registration":
        run_server(folder, "-m", "tests.browser.sample_registrations")
    elif phase != "shipped":
        run_server(folder, "-m", "tests.browser.scenarios", phase, str(TODAY_IN_HA_NOI))
    return folder


def run_server(folder, *arguments):
    """Run Python with arguments for the site of a folder, and return what it prints."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean_environment(folder),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@contextlib.contextmanager
def serve(folder):
    """Serve the site of a folder and yield its URL."""
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
    deadline = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            if connection.recv(12).endswith(b"200"):
                return
    log.seek(0)
    raise AssertionError(f"The site did not start:\n{log.read()}")


def clean_environment(folder):
    """Return the environment of the site, independent of that of the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "conference.settings",
        "ORGANIZER_PASSWORD": PASSWORD,
        "WEB_CONCURRENCY": "1",
    }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_while_served(command):
    """Run a program with the site's URL in $SITE and return its exit status."""
    with tempfile.TemporaryDirectory() as folder, serve(prepare_site(Path(folder) / "shipped")) as site:
        return subprocess.run(command, env={**os.environ, "SITE": site}).returncode


if __name__ == "__main__":
    sys.exit(run_while_served(sys.argv[1:]))
