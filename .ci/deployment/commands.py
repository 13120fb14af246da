"""Run the commands of the image, of Compose and of the systemd units, as far as that needs no container or systemd.

`commands.py WORK PYTHON-WITH-YAML` copies the files of the image to WORK. There it runs collectstatic, the checks, the
migration step, gunicorn behind nginx with TLS, and the e-mail worker: with a read-only root and without capabilities,
where the machine allows that. DATABASE_URL and REDIS_URL of the environment are used; the default is SQLite.
"""

import contextlib
import http.client
import itertools
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK, YAML_PYTHON = Path(sys.argv[1]), sys.argv[2]
IMAGE, DATA, STATIC = WORK / "image", WORK / "data", WORK / "image" / "var" / "static"
HOST = "conference.example"
USER = 10001
PROGRAMS = Path(sys.executable).parent
TIMEOUT = 60
SELF_SIGNED = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
# In a mount namespace of its own: only the data directory and a temporary folder are writable.
READ_ONLY_ROOT = f"""
mount --make-rprivate / && mount --bind {DATA} {DATA} && mount -t tmpfs -o mode=1777 tmpfs {WORK}/tmp &&
mount --bind {IMAGE} {IMAGE} && mount -o remount,bind,ro {IMAGE} && mount -o remount,bind,ro / && exec "$@"
"""


def report(text: str) -> None:
    print(f"  {text}", flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def with_path(command: list[str]) -> list[str]:
    """Return the command with the path of its program. Python does not find its packages where PATH is not readable."""
    path = PROGRAMS / command[0]
    return [str(path) if path.exists() else command[0], *command[1:]]


def copy_image_files() -> None:
    """Copy what deploy/Dockerfile.dockerignore lets into the image, and nothing else."""
    for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines():
        if line.startswith("!"):
            source, target = ROOT / line[1:], IMAGE / line[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                shutil.copy2(source, target)


def from_compose(what: str, service: str):
    arguments = [YAML_PYTHON, ROOT / ".ci" / "deployment" / "compose.py", what, service]
    return json.loads(subprocess.check_output(arguments))


def image_command() -> list[str]:
    return json.loads(re.findall(r"^CMD (.+)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)[-1])


def unit_command(unit: str) -> list[str]:
    text = (ROOT / "deploy" / "systemd" / unit).read_text()
    [command] = re.findall(r"^ExecStart=/srv/conference/\.venv/bin/(.+)$", text, re.MULTILINE)
    return command.split()


def confined() -> list[str]:
    """Return a prefix that runs a command as a container would: with a read-only root and without capabilities.

    The user is that of the image, if the user can read Python and its packages on this machine.
    """
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        report("NOT TESTED: a read-only root, which needs root, unshare and setpriv")
        return []
    user = [f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    read_only_root = ["unshare", "--mount", "sh", "-c", READ_ONLY_ROOT, "sh"]
    for options, mounts in itertools.product((user, []), (read_only_root, [])):
        prefix = [*mounts, "setpriv", *options, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]
        if can_run_python(prefix):
            if options:
                for folder in (DATA, WORK / "tmp"):
                    os.chown(folder, USER, USER)
            report(f"as {'user 10001' if options else 'root without capabilities'}")
            report("with a read-only root" if mounts else "NOT TESTED: a read-only root")
            return prefix
    report("NOT TESTED: a read-only root and missing capabilities")
    return []


def can_run_python(prefix: list[str]) -> bool:
    """Return whether Python and its packages can be read by a command with this prefix."""
    probe = [*prefix, sys.executable, "-c", "import django, sys; print(sys.base_prefix)"]
    result = subprocess.run(probe, cwd="/", capture_output=True, text=True)
    return result.returncode == 0 and result.stdout.strip() == sys.base_prefix


def make_environment() -> dict[str, str]:
    """Return the environment of Compose's site, with the paths and servers of this machine."""
    values = from_compose("environment", "migrate")
    replaced = {"DATABASE_URL": f"sqlite:///{DATA}/conference.sqlite3", "REDIS_URL": ""}
    for name, default in replaced.items():
        values[name] = os.environ.get(name) or default
    return values | {
        "PATH": f"{PROGRAMS}:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(WORK / "tmp"),
        "DATA_DIR": str(DATA),
        "STATIC_ROOT": str(STATIC),
        "GUNICORN_BIND": f"127.0.0.1:{free_port()}",
    }


def run(command: list[str], environment: dict[str, str], prefix: list[str]) -> str:
    """Run a command in the image's folder and return its output. Raises SystemExit if it fails."""
    result = subprocess.run(
        [*prefix, *with_path(command)], cwd=IMAGE, env=environment, text=True, timeout=10 * TIMEOUT,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if result.returncode:
        raise SystemExit(f"{' '.join(command)} failed ({result.returncode}):\n{result.stdout}")
    return result.stdout


@contextlib.contextmanager
def running(command, environment, prefix=(), status=0):
    """Run a server, and stop it with SIGTERM, after which it must end with this status."""
    name = Path(command[0]).name
    with open(WORK / f"{name}-{free_port()}.log", "w+") as log:
        process = subprocess.Popen([*prefix, *with_path(command)], cwd=IMAGE, env=environment, stdout=log, stderr=log)
        try:
            yield process, Path(log.name)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(TIMEOUT) == status, f"{command} ended with {process.returncode}"
            report(f"{name} stopped {time.monotonic() - began:.1f} s after SIGTERM")
        except BaseException:
            print(Path(log.name).read_text())
            raise
        finally:
            process.kill()


def wait_until(condition, what: str) -> None:
    """Poll for a condition. Raises AssertionError after a minute."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.1)


def is_healthy(path: str, environment: dict[str, str]) -> bool:
    """Return whether the health check of the image succeeds."""
    command = [sys.executable, "deploy/healthcheck.py", path]
    return subprocess.run(command, cwd=IMAGE, env=environment, capture_output=True).returncode == 0


def run_site(environment: dict[str, str], prefix: list[str]) -> None:
    """Start the site by the image's command, with nginx in front, and read a page over TLS."""
    with running(image_command(), environment, prefix):
        for path in ("/healthz", "/readyz"):
            wait_until(lambda path=path: is_healthy(path, environment), path)
            report(f"{path} answers 200 to deploy/healthcheck.py")
        if shutil.which("nginx") and shutil.which("openssl"):
            run_nginx(environment["GUNICORN_BIND"])
        else:
            report("NOT TESTED: nginx in front of the site; nginx or openssl is missing")


def run_nginx(upstream: str) -> None:
    """Prepare nginx.conf by the command of Compose's nginx; only folders, ports and the upstream differ afterwards."""
    folder = WORK / "nginx"
    certificates = folder / "certificates"
    certificates.mkdir(parents=True)
    files = ["-keyout", certificates / "privkey.pem", "-out", certificates / "fullchain.pem"]
    command = [*SELF_SIGNED, "-days", "1", "-subj", f"/CN={HOST}", *files]
    subprocess.run(command, check=True, capture_output=True)
    [script] = from_compose("command", "nginx")
    prepare, _and, start = script.partition(" && exec ")
    assert start == 'nginx -c /tmp/nginx.conf -g "daemon off;"'
    prepare = prepare.replace("/etc/nginx/conference.conf", str(ROOT / "deploy" / "nginx.conf"))
    prepare = prepare.replace("/tmp/nginx.conf", str(folder / "nginx.conf"))
    subprocess.run(["sh", "-c", prepare], check=True, env=os.environ | {"SITE_HOST": HOST})
    port, plain_port, config = free_port(), free_port(), (folder / "nginx.conf").read_text()
    for old, new in {
        "server site:8000": f"server {upstream}",
        "listen 80": f"listen 127.0.0.1:{plain_port}",
        "listen 443": f"listen 127.0.0.1:{port}",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/var/cache/nginx/conference": f"{folder}/cache",
        "/etc/ssl/conference": str(certificates),
    }.items():
        assert old in config, f"{old} is not in nginx.conf"
        config = config.replace(old, new)
    (folder / "nginx.conf").write_text(config)
    user = "user root; " if os.geteuid() == 0 else ""
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-g", f"daemon off; {user}"]
    subprocess.run([*command[:3], "-t", "-q"], check=True)
    with running(command, dict(os.environ)):
        wait_until(lambda: (folder / "nginx.pid").exists(), "the start of nginx")
        status, page = get_page(port, "/")
        assert status == 200 and b"<html" in page, status
        [style_sheet] = set(re.findall(rb'href="(/static/css/site\.[0-9a-f]+\.css)"', page))
        assert get_page(port, style_sheet.decode())[0] == 200
        report(f"nginx serves the home page and {style_sheet.decode()} over TLS")


def get_page(port: int, path: str) -> tuple[int, bytes]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT, context=context)
    connection.request("GET", path, headers={"Host": HOST, "Accept-Language": "en"})
    response = connection.getresponse()
    return response.status, response.read()


def run_units(environment: dict[str, str], prefix: list[str]) -> None:
    """Start gunicorn and the worker by the commands of the units, with systemd's protocols for socket and readiness."""
    path = str(WORK / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifications, socket.socket() as listener:
        notifications.bind(path)
        Path(path).chmod(0o666)
        notifications.settimeout(TIMEOUT)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        number = listener.fileno()
        # systemd gives the socket as descriptor 3 to the process LISTEN_PID.
        script = f'export LISTEN_PID=$$; exec "$@" 3<&{number}'
        command = ["sh", "-c", script, "sh", *with_path(unit_command("conference-site.service"))]
        variables = environment | {"LISTEN_FDS": "1", "NOTIFY_SOCKET": path}
        with open(WORK / "unit.log", "w") as log:
            process = subprocess.Popen(
                [*prefix, *command], cwd=IMAGE, env=variables, stdout=log, stderr=log, pass_fds=[number]
            )
            try:
                assert b"READY=1" in notifications.recv(4096)
                on_socket = environment | {"GUNICORN_BIND": f"127.0.0.1:{port}"}
                wait_until(lambda: is_healthy("/readyz", on_socket), "/readyz")
                process.terminate()
                assert process.wait(TIMEOUT) == 0
            except BaseException:
                print((WORK / "unit.log").read_text())
                raise
            finally:
                process.kill()
    report("conference-site.service: ready by notification, on the socket of conference-site.socket")
    with running(unit_command("conference-worker.service"), environment, prefix) as (_process, log):
        wait_until(lambda: "worker is running" in log.read_text(), "the start of the worker")


def main() -> None:
    copy_image_files()
    DATA.mkdir(mode=0o750)
    (WORK / "tmp").mkdir()
    prefix = confined()
    environment = make_environment()
    build = environment | {"SECRET_KEY": "only-for-the-build-" * 4, "SITE_URL": "http://127.0.0.1"}
    run(["python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0"], build, [])
    report(f"collectstatic: {sum(file.is_file() for file in STATIC.rglob('*'))} files")
    production = environment | from_compose("environment", "site")
    run(["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production, prefix)
    report("check --deploy: no warning with the variables of .env.example")
    migrate = from_compose("command", "migrate")
    assert migrate == unit_command("conference-migrate.service")
    began = time.monotonic()
    run(migrate, environment, prefix)
    report(f"migration step in an empty database: {time.monotonic() - began:.1f} s")
    output = run(migrate, environment, prefix)
    assert "password" not in output and "Database ... unchanged" in output, output
    run(["python", "manage.py", "migrate", "--check"], environment, prefix)
    report("migration step once more: changes nothing")
    run_site(environment, prefix)
    run_units(environment, prefix)
    assert from_compose("command", "worker") == unit_command("conference-worker.service")


if __name__ == "__main__":
    main()
