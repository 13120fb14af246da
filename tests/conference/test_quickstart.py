"""`manage.py quickstart` as people run it: a program of its own, in a folder of its own, at a port of its own."""

import ast
import contextlib
import fcntl
import http.cookiejar
import os
import pty
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from conference.setup import data_dir

ROOT = Path(__file__).resolve().parents[2]
PRINTED = re.compile(r"address   (\S+)\n +password  (\S+)")


def environment(folder, **more):
    """Nothing from outside decides how the site runs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"DATA_DIR": str(folder), "WEB_CONCURRENCY": "1"} | more


def command(*arguments, project=ROOT):
    # gunicorn leaves sockets for the garbage collector to close; every other warning is an error here as well.
    warnings = ["-W", "error", "-W", "ignore::ResourceWarning"]
    return [sys.executable, *warnings, str(project / "manage.py"), "quickstart", *arguments]


def quickstart(folder, *arguments, project=ROOT, **more):
    return subprocess.run(
        command(*arguments, project=project),
        env=environment(folder, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@contextlib.contextmanager
def running(folder, port):
    """quickstart serving at the port, in a group of processes of its own as a shell would start it."""
    process = subprocess.Popen(
        command("--port", str(port)),
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            for line in process.stdout:
                if "Ctrl-C" in line:
                    break
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rows(folder):
    with contextlib.closing(sqlite3.connect(folder / "conference.sqlite3")) as database:
        return list(database.iterdump())


def ask(folder, question):
    with contextlib.closing(sqlite3.connect(folder / "conference.sqlite3")) as database, database:
        return database.execute(question).fetchall()


def refused(result, *words):
    """Whether it ended with status 1 and one line that has these words."""
    assert result.returncode == 1
    [line] = result.stderr.strip().split("\n")
    assert [word for word in words if word not in line] == []
    assert "Traceback" not in result.stdout
    return True


@pytest.fixture(scope="session")
def first(tmp_path_factory, worker_id):
    """(folder, output) of a first run, made once for all processes of the suite. For reading: `folder` is a copy."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared if worker_id == "master" else shared.parent
    folder, output = shared / "quickstart", shared / "quickstart.txt"
    with open(shared / "quickstart.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not output.exists():
            result = quickstart(folder, "--no-serve")
            assert result.returncode == 0, result.stderr
            output.write_text(result.stdout)
    return folder, output.read_text()


def copied(folder, place):
    """Without what SQLite lays beside a database while somebody else reads it."""
    return shutil.copytree(folder, place, ignore=shutil.ignore_patterns("*-shm", "*-wal"))


@pytest.fixture
def folder(first, tmp_path):
    """A folder that quickstart has prepared."""
    return copied(first[0], tmp_path / "var")


def test_first_run_loads_the_content_and_publishes_it(first):
    assert ask(first[0], "select number from programme_release") == [(1,)]
    assert ask(first[0], "select count(*) from programme_session")[0][0] > 9


def test_first_run_prints_the_organizers_address_and_password_once(first):
    [(email, password)] = PRINTED.findall(first[1])
    assert email == "organizer@conference.example"
    assert first[1].count(password) == 1
    assert len(password) >= 20


def test_organizer_may_do_everything_and_has_a_confirmed_address(first):
    assert ask(first[0], "select username, is_superuser, is_staff, is_active from auth_user") == [
        ("organizer@conference.example", 1, 1, 1)
    ]
    assert ask(first[0], 'select email, verified, "primary" from account_emailaddress') == [
        ("organizer@conference.example", 1, 1)
    ]


def test_what_the_site_keeps_is_readable_by_its_owner_alone(first):
    folder = first[0]
    assert folder.stat().st_mode & 0o777 == 0o700
    open_to_others = [path.name for path in folder.iterdir() if path.is_file() and path.stat().st_mode & 0o777 != 0o600]
    assert open_to_others == []
    assert len((folder / "secret_key").read_text()) >= 50


def test_database_lets_readers_read_while_somebody_writes(first):
    assert ask(first[0], "pragma journal_mode") == [("wal",)]


def test_second_run_changes_nothing_and_prints_no_password(folder):
    before, key = rows(folder), (folder / "secret_key").read_text()
    collected = (folder / "static" / "staticfiles.json").stat().st_mtime_ns
    result = quickstart(folder, "--no-serve")
    assert (result.returncode, result.stderr) == (0, "")
    assert "password" not in result.stdout
    assert rows(folder) == before
    assert (folder / "secret_key").read_text() == key
    assert (folder / "static" / "staticfiles.json").stat().st_mtime_ns == collected


def test_account_preset_in_the_environment_is_made_and_its_password_not_printed(folder):
    ask(folder, "delete from account_emailaddress")
    ask(folder, "delete from auth_user")
    result = quickstart(
        folder, "--no-serve", ORGANIZER_EMAIL="Linh@moh.example", ORGANIZER_PASSWORD="a-preset-password"
    )
    assert result.returncode == 0, result.stderr
    assert "linh@moh.example" in result.stdout
    assert "a-preset-password" not in result.stdout + result.stderr
    assert ask(folder, "select email from auth_user") == [("linh@moh.example",)]


def test_preset_address_that_is_none_is_refused_and_no_account_made(folder):
    ask(folder, "delete from account_emailaddress")
    ask(folder, "delete from auth_user")
    assert refused(quickstart(folder, "--no-serve", ORGANIZER_EMAIL="linh"), "ORGANIZER_EMAIL", "linh")
    assert ask(folder, "select email from auth_user") == []


def test_two_at_once_prepare_one_site(folder):
    for kept in folder.glob("conference.sqlite3*"):
        kept.unlink()
    both = [
        subprocess.Popen(
            command("--no-serve"), env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert len(PRINTED.findall("".join(outputs))) == 1
    assert ask(folder, "select count(*) from programme_release") == [(1,)]


def test_site_is_served_and_ctrl_c_stops_it_cleanly(folder, first):
    port = free_port()
    with running(folder, port) as site:
        for path, language in (("/", "en"), ("/vi/", "vi"), ("/programme/", "en")):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as page:
                assert f'<html lang="{language}"' in page.read().decode()
        assert signed_in(port, *PRINTED.search(first[1]).groups())
        assert refused(quickstart(folder, "--port", str(port)), f"Port {port} is taken")
        assert refused(quickstart(folder, "--no-serve", "--reset", "--no-input"), "is being served")
        # A browser that keeps a connection open for later is not waited for.
        with socket.create_connection(("127.0.0.1", port)):
            os.killpg(site.pid, signal.SIGINT)
            assert site.wait(timeout=30) == 0
        assert site.stdout.read().strip() == ""


def signed_in(port, email, password):
    """Whether a person with a browser gets to the organizers' desk with this address and password."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(f"http://127.0.0.1:{port}/admin/", timeout=30) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())[1]
        form = {"login": email, "password": password, "csrfmiddlewaretoken": token}
        request = urllib.request.Request(
            page.url, urllib.parse.urlencode(form).encode(), {"Origin": f"http://127.0.0.1:{port}"}
        )
    with browser.open(request, timeout=30) as page:
        return urllib.parse.urlsplit(page.url).path == "/admin/"


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "PATH_INFO", "X-Forwarded-Proto", "X-Forwarded-Ssl"])
def test_no_neighbour_says_by_a_header_where_the_site_is(header, served):
    request = urllib.request.Request(f"{served}/robots.txt", headers={header: "/elsewhere"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
        assert "elsewhere" not in answer.read().decode()


@pytest.fixture(scope="module")
def served(first, tmp_path_factory):
    port = free_port()
    with running(copied(first[0], tmp_path_factory.mktemp("served") / "var"), port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "٨٠٠٠", ""])
def test_port_that_is_none_is_refused_before_anything_is_made(port, tmp_path):
    assert refused(quickstart(tmp_path / "var", f"--port={port}"), "--port", "65535")
    assert not (tmp_path / "var").exists()


def test_port_that_is_taken_is_refused_before_anything_is_made(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert refused(quickstart(tmp_path / "var", "--port", str(port)), f"Port {port} is taken")
    assert not (tmp_path / "var").exists()


def test_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "a file").touch()
    assert refused(quickstart(tmp_path / "a file" / "var", "--no-serve"), "a file/var", "Not a directory")


def test_folder_with_unusual_letters_in_its_name_is_used_as_it_is(first, tmp_path):
    folder = copied(first[0], tmp_path / "Hội nghị #1 100%20?")
    assert quickstart(folder, "--no-serve").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_database_that_is_none_is_named_and_left_as_it_is(folder):
    for name in ("conference.sqlite3-wal", "conference.sqlite3-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "conference.sqlite3").write_text("not a database" * 100)
    assert refused(quickstart(folder, "--no-serve"), "conference.sqlite3", "not a database")
    assert (folder / "conference.sqlite3").read_text().startswith("not a database")


def test_setting_that_is_wrong_is_named(folder):
    assert refused(quickstart(folder, "--no-serve", TRUSTED_PROXIES="some"), "TRUSTED_PROXIES")


def test_content_that_cannot_be_loaded_is_named(tmp_path):
    project = tmp_path / "project"
    for name in ("conference", "sessions", "speakers", "templates", "static"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", project)
    with open(project / "conference" / "content" / "programme.toml", "a") as programme:
        programme.write("\n[[session]]\nslug = unquoted\n")
    result = quickstart(tmp_path / "var", "--no-serve", project=project, PYTHONDONTWRITEBYTECODE="1")
    assert refused(result, "programme.toml")
    assert ask(tmp_path / "var", "select count(*) from conference_conference") == [(0,)]


def test_old_python_is_told_what_it_lacks():
    source = (ROOT / "manage.py").read_text()
    pretend = "import runpy, sys; sys.version_info = (3, 10, 9); runpy.run_path('manage.py', run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert refused(result, "Python 3.11", "3.10")
    assert ast.parse(source, feature_version=(3, 4))


def test_reset_begins_anew_and_leaves_what_is_not_the_sites(folder):
    key = (folder / "secret_key").read_text()
    (folder / "letters.txt").write_text("somebody's own")
    (folder / "media" / "portrait.jpg").touch()
    ask(folder, "update conference_conference set short_name_en = 'Edited'")
    result = quickstart(folder, "--no-serve", "--reset", "--no-input")
    assert result.returncode == 0, result.stderr
    assert PRINTED.search(result.stdout)
    assert ask(folder, "select count(*) from conference_conference where short_name_en = 'Edited'") == [(0,)]
    assert list((folder / "media").iterdir()) == []
    assert (folder / "letters.txt").read_text() == "somebody's own"
    assert (folder / "secret_key").read_text() == key


def test_clearing_a_linked_folder_leaves_what_it_points_to(tmp_path):
    pictures, folder = tmp_path / "pictures", tmp_path / "var"
    pictures.mkdir()
    (pictures / "portrait.jpg").touch()
    data_dir.create_data_dir(folder)
    (folder / "media").symlink_to(pictures)
    data_dir.wipe_data_dir(folder)
    assert not (folder / "media").is_symlink()
    assert (pictures / "portrait.jpg").exists()


def test_reset_without_a_terminal_to_ask_at_is_refused(folder):
    before = rows(folder)
    assert refused(quickstart(folder, "--no-serve", "--reset"), "no terminal")
    assert rows(folder) == before


def test_reset_that_is_not_confirmed_deletes_nothing(folder):
    before = rows(folder)
    terminal, its_end = pty.openpty()
    with contextlib.closing(os.fdopen(terminal, "w")) as keyboard, contextlib.closing(os.fdopen(its_end)) as screen:
        keyboard.write("y\n")
        keyboard.flush()
        result = subprocess.run(
            command("--no-serve", "--reset"),
            env=environment(folder),
            stdin=screen,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert refused(result, "Nothing was deleted")
    assert rows(folder) == before


def test_reset_is_refused_in_a_folder_that_was_there_before(folder):
    (folder / "about.txt").unlink()
    before = rows(folder)
    assert refused(quickstart(folder, "--no-serve", "--reset", "--no-input"), "was there before")
    assert rows(folder) == before


def test_reset_is_refused_for_a_database_elsewhere(folder, tmp_path):
    elsewhere = f"sqlite:///{tmp_path}/elsewhere.sqlite3"
    before = rows(folder)
    assert refused(quickstart(folder, "--no-serve", "--reset", "--no-input", DATABASE_URL=elsewhere), "elsewhere")
    assert rows(folder) == before
