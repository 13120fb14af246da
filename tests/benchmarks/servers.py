"""Processes that are measured, each on its own port: gunicorn and nginx with the settings of a deployment."""

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
START_TIMEOUT = 300


@dataclass
class ServerProcess:
    process: subprocess.Popen
    address: str
    log: Path = field(default=Path(os.devnull))

    @property
    def workers(self):
        """Process IDs of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def worker_memory(self):
        """Return the bytes in memory of the largest worker, including shared pages."""
        return max(resident_memory(pid) for pid in self.workers)


def resident_memory(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@contextlib.contextmanager
def start_gunicorn(application, folder, environment=(), ready_path="/1", workers=2):
    """Run a WSGI application with deploy/gunicorn.conf.py and yield its ServerProcess."""
    port = free_port()
    variables = dict(environment) | {
        "GUNICORN_BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": str(workers),
        "SITE_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", str(SETTINGS_FILE), application]
    with run_process(command, clean_environment() | variables, folder, port, ready_path) as server:
        yield server


@contextlib.contextmanager
def start_nginx(site, folder, document_root=None):
    """Run nginx with deploy/nginx.conf in front of a site; only ports, folders and TLS differ.

    With a document_root, the URLs under /static/ are its files.
    """
    port, other_port, prefix = free_port(), free_port(), Path(tempfile.mkdtemp(prefix="nginx-", dir=folder))
    config = (ROOT / "deploy" / "nginx.conf").read_text()
    replacements = {
        "server 127.0.0.1:8000": f"server {site.address.removeprefix('http://')}",
        "listen 80": f"listen 127.0.0.1:{other_port}",
        "listen 443 ssl http2": f"listen 127.0.0.1:{port}",
        "/var/cache/nginx/conference": f"{prefix}/cache",
        "/run/nginx.pid": f"{prefix}/nginx.pid",
        "/var/lib/conference/": f"{document_root or folder}/",
    }
    for old, new in replacements.items():
        assert old in config, old
        config = config.replace(old, new)
    lines = [line for line in config.splitlines() if not line.strip().startswith("ssl_")]
    (prefix / "nginx.conf").write_text("\n".join(lines))
    # The workers of a root process would run as a user who may not read the temporary folders.
    user = "user root;" if os.geteuid() == 0 else ""
    command = ["nginx", "-p", f"{prefix}/", "-c", "nginx.conf", "-g", f"daemon off; {user}"]
    with run_process(command, dict(os.environ), folder, port, "/healthz") as server:
        yield server


@contextlib.contextmanager
def run_process(command, environment, folder, port, ready_path):
    log = folder / f"server-{port}.log"
    with open(log, "w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        server = ServerProcess(process, f"http://127.0.0.1:{port}", log)
        try:
            wait_until_ready(server, ready_path)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=120)


def wait_until_ready(server, path):
    deadline = time.monotonic() + START_TIMEOUT
    while server.process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if fetch(server.address + path)[0] == 200:
                return
        time.sleep(0.02)
    raise SystemExit(f"The server did not start:\n{server.log.read_text()}")


def clean_environment():
    """Return an environment without variables that could change the settings of the site."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
