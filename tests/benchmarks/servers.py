"""What is measured, each at a port of its own: the site and the yardsticks on the production server, and nginx."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from .load_generator import fetch

ROOT = Path(__file__).resolve().parents[2]
SETTINGS_FILE = ROOT / "deploy" / "gunicorn.conf.py"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class ServerProcess:
    """Something that listens. seconds_to_start is from its command to its first answer."""

    process: subprocess.Popen
    address: str
    seconds_to_start: float = 0
    log: Path = field(default=Path(os.devnull))

    @property
    def workers(self):
        """The processes that answer, by number."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(number) for number in children.read_text().split()]

    def computed(self):
        """How many seconds its workers have computed since they began."""
        return sum(cpu_seconds(number) for number in self.workers)

    def memory(self):
        """Bytes in memory of each worker, shared ones included."""
        return [resident_memory(number) for number in self.workers]


def cpu_seconds(number):
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def resident_memory(number):
    lines = Path(f"/proc/{number}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@contextlib.contextmanager
def start_gunicorn(application, folder, environment=(), answers_at="/1", workers=2):
    """The production server with the settings file of any deployment."""
    port = free_port()
    variables = dict(environment) | {
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": str(workers),
        "SITE_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", str(SETTINGS_FILE), application]
    with run_process(command, clean_environment() | variables, folder, port, answers_at) as server:
        yield server


@contextlib.contextmanager
def start_nginx(site, folder):
    """nginx with the file of any deployment, in front of a site; only ports and folders are others."""
    port, elsewhere, own = free_port(), free_port(), Path(tempfile.mkdtemp(prefix="nginx-", dir=folder))
    written = (ROOT / "deploy" / "nginx.conf").read_text()
    for there, here in {
        "server 127.0.0.1:8000": f"server {site.address.removeprefix('http://')}",
        "listen 80": f"listen 127.0.0.1:{elsewhere}",
        "listen 443 ssl http2": f"listen 127.0.0.1:{port}",
        "/var/cache/nginx/conference": f"{own}/cache",
        "/srv/conference/var/": f"{folder}/",
    }.items():
        assert there in written, there
        written = written.replace(there, here)
    lines = [line for line in written.splitlines() if not line.strip().startswith("ssl_")]
    (own / "nginx.conf").write_text("\n".join(lines))
    # Its workers would otherwise be somebody who may not read our folders.
    whose = "user root;" if os.geteuid() == 0 else ""
    command = ["nginx", "-p", f"{own}/", "-c", "nginx.conf", "-g", f"daemon off; {whose}"]
    with run_process(command, dict(os.environ), folder, port, "/healthz") as server:
        yield server


@contextlib.contextmanager
def run_process(command, environment, folder, port, answers_at):
    log, begun = folder / f"server-{port}.log", time.monotonic()
    with open(log, "w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        server = ServerProcess(process, f"http://127.0.0.1:{port}", log=log)
        try:
            wait_until_ready(server, answers_at)
            server.seconds_to_start = time.monotonic() - begun
            yield server
        finally:
            process.terminate()
            process.wait(timeout=60)


def wait_until_ready(server, path):
    deadline = time.monotonic() + 90
    while server.process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if fetch(server.address + path)[0] == 200:
                return
        time.sleep(0.02)
    raise SystemExit(f"It did not start:\n{server.log.read_text()}")


def clean_environment():
    """Nothing from outside decides how a site runs."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
