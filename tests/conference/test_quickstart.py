"""`manage.py quickstart`, run as a process with its own data directory and port."""

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
PRINTED_ACCOUNT = re.compile(r"e-mail    (\S+)\n +password  (\S+)")


pytestmark = [pytest.mark.slow, pytest.mark.own_settings]


def make_environment(folder, **variables):
    """Return an environment without settings of the test run."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return inherited | {"DATA_DIR": str(folder), "WEB_CONCURRENCY": "1"} | variables


def quickstart_command(*arguments, project=ROOT):
    # gunicorn leaves sockets open until they are garbage-collected; every other warning is an error.
    warnings = ["-W", "error", "-W", "ignore::ResourceWarning"]
    return [sys.executable, *warnings, str(project / "manage.py"), "quickstart", *arguments]


def run_quickstart(folder, *arguments, project=ROOT, **variables):
    return subprocess.run(
        quickstart_command(*arguments, project=project),
        env=make_environment(folder, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )


@contextlib.contextmanager
def running_site(folder, port):
    """Serve the site in its own process group, as a shell does, and yield the process."""
    process = subprocess.Popen(
        quickstart_command("--port", str(port)),
        env=make_environment(folder),
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


def dump_database(folder):
    with contextlib.closing(sqlite3.connect(folder / "conference.sqlite3")) as database:
        return list(database.iterdump())


def query(folder, sql):
    with contextlib.closing(sqlite3.connect(folder / "conference.sqlite3")) as database, database:
        return database.execute(sql).fetchall()


def assert_refused(result, *texts):
    """Check that the process ended with status 1 and one line that contains these texts."""
    assert result.returncode == 1
    [line] = result.stderr.strip().split("\n")
    assert [text for text in texts if text not in line] == []
    assert "Traceback" not in result.stdout


@pytest.fixture(scope="session")
def first_run(tmp_path_factory, worker_id):
    """Data directory and output of a first run, shared by all test processes. Tests must not change the directory."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared if worker_id == "master" else shared.parent
    folder, output = shared / "quickstart", shared / "quickstart.txt"
    with open(shared / "quickstart.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not output.exists():
            result = run_quickstart(folder, "--no-serve")
            assert result.returncode == 0, result.stderr
            output.write_text(result.stdout)
    return folder, output.read_text()


def copy_data_dir(folder, target):
    """Copy the directory without the files that SQLite has while another process reads the database."""
    return shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*-shm", "*-wal"))


@pytest.fixture
def folder(first_run, tmp_path):
    """A data directory after a first run."""
    return copy_data_dir(first_run[0], tmp_path / "var")


def test_first_run_loads_and_publishes_the_content(first_run):
    assert query(first_run[0], "select number from programme_release") == [(1,)]
    assert query(first_run[0], "select count(*) from programme_session")[0][0] > 9


def test_first_run_prints_the_organizer_account_once(first_run):
    [(email, password)] = PRINTED_ACCOUNT.findall(first_run[1])
    assert email == "organizer@conference.example"
    assert first_run[1].count(password) == 1
    assert len(password) >= 20


def test_first_run_creates_a_superuser_with_a_confirmed_address(first_run):
    assert query(first_run[0], "select username, is_superuser, is_staff, is_active from auth_user") == [
        ("organizer@conference.example", 1, 1, 1)
    ]
    assert query(first_run[0], 'select email, verified, "primary" from account_emailaddress') == [
        ("organizer@conference.example", 1, 1)
    ]


def test_first_run_makes_files_readable_only_by_their_owner(first_run):
    folder = first_run[0]
    assert folder.stat().st_mode & 0o777 == 0o700
    open_to_others = [path.name for path in folder.iterdir() if path.is_file() and path.stat().st_mode & 0o777 != 0o600]
    assert open_to_others == []
    assert len((folder / "secret_key").read_text()) >= 50


def test_first_run_creates_the_database_in_wal_mode(first_run):
    assert query(first_run[0], "pragma journal_mode") == [("wal",)]


def test_second_run_changes_nothing_and_prints_no_password(folder):
    before, key = dump_database(folder), (folder / "secret_key").read_text()
    collected = (folder / "static" / "staticfiles.json").stat().st_mtime_ns
    result = run_quickstart(folder, "--no-serve")
    assert (result.returncode, result.stderr) == (0, "")
    assert "password" not in result.stdout
    assert dump_database(folder) == before
    assert (folder / "secret_key").read_text() == key
    assert (folder / "static" / "staticfiles.json").stat().st_mtime_ns == collected


def test_organizer_account_from_the_environment_is_created_without_printing_the_password(folder):
    query(folder, "delete from account_emailaddress")
    query(folder, "delete from auth_user")
    result = run_quickstart(
        folder, "--no-serve", ORGANIZER_EMAIL="Linh@moh.example", ORGANIZER_PASSWORD="a-preset-password"
    )
    assert result.returncode == 0, result.stderr
    assert "Linh@moh.example" in result.stdout
    assert "a-preset-password" not in result.stdout + result.stderr
    assert query(folder, "select username, email from auth_user") == [("linh@moh.example", "Linh@moh.example")]


def test_invalid_organizer_email_is_refused(folder):
    query(folder, "delete from account_emailaddress")
    query(folder, "delete from auth_user")
    assert_refused(run_quickstart(folder, "--no-serve", ORGANIZER_EMAIL="linh"), "ORGANIZER_EMAIL", "linh")
    assert query(folder, "select email from auth_user") == []


def test_two_concurrent_runs_set_up_one_site(folder):
    for path in folder.glob("conference.sqlite3*"):
        path.unlink()
    processes = [
        subprocess.Popen(
            quickstart_command("--no-serve"),
            env=make_environment(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=600)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert len(PRINTED_ACCOUNT.findall("".join(outputs))) == 1
    assert query(folder, "select count(*) from programme_release") == [(1,)]


def test_first_run_shows_the_stage_before_the_conference(first_run):
    [(starts_on, published)] = query(first_run[0], "select starts_on, date('now') from conference_conference")
    assert starts_on > published
    assert "stage “before”" in first_run[1]


def test_stage_on_an_existing_database_is_refused(folder):
    before = dump_database(folder)
    assert_refused(run_quickstart(folder, "--no-serve", "--stage", "record"), "--stage record", "--reset")
    assert dump_database(folder) == before


def test_stage_with_reset_shows_the_record(folder):
    result = run_quickstart(folder, "--no-serve", "--reset", "--no-input", "--stage", "record")
    assert result.returncode == 0, result.stderr
    assert query(folder, "select starts_on from conference_conference") == [("2020-12-07",)]


def test_fictional_registrations_are_added_once(folder):
    for expected in ("6 fictional", "0 fictional"):
        assert expected in run_quickstart(folder, "--no-serve", "--with-people", "6").stdout
    assert query(folder, "select count(*) from registration_registration") == [(6,)]


@pytest.mark.parametrize("number", ["-1", "1001"])
def test_impossible_number_of_people_is_refused(folder, number):
    assert_refused(run_quickstart(folder, "--no-serve", f"--with-people={number}"), "--with-people", number)


@pytest.mark.parametrize("options", [("--stage", "before"), ("--with-people", "3")])
def test_trial_options_on_a_public_site_are_refused(options, tmp_path):
    public = {"SITE_URL": "https://conference.example", "EMAIL_URL": "smtp://127.0.0.1:25", "TRUSTED_PROXIES": "1"}
    assert_refused(run_quickstart(tmp_path / "var", "--no-serve", *options, **public), "local site")


def test_first_run_on_a_public_site_shows_the_record(tmp_path):
    public = {"SITE_URL": "https://conference.example", "EMAIL_URL": "smtp://127.0.0.1:25", "TRUSTED_PROXIES": "1"}
    result = run_quickstart(tmp_path / "var", "--no-serve", **public)
    assert result.returncode == 0, result.stderr
    assert query(tmp_path / "var", "select starts_on from conference_conference") == [("2020-12-07",)]


def test_running_site_serves_pages_until_ctrl_c(folder, first_run):
    port = free_port()
    with running_site(folder, port) as site:
        for path, language in (("/", "en"), ("/vi/", "vi"), ("/programme/", "en")):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120) as page:
                assert f'<html lang="{language}"' in page.read().decode()
        assert can_sign_in(port, *PRINTED_ACCOUNT.search(first_run[1]).groups())
        assert_refused(run_quickstart(folder, "--port", str(port)), f"Port {port} is in use")
        assert_refused(run_quickstart(folder, "--no-serve", "--reset", "--no-input"), "is running")
        # An idle keep-alive connection must not delay the exit.
        with socket.create_connection(("127.0.0.1", port)):
            os.killpg(site.pid, signal.SIGINT)
            assert site.wait(timeout=120) == 0
        assert site.stdout.read().strip() == ""


def can_sign_in(port, email, password):
    """Return whether the admin opens after signing in with this address and password."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(f"http://127.0.0.1:{port}/admin/", timeout=120) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())[1]
        form = {"login": email, "password": password, "csrfmiddlewaretoken": token}
        request = urllib.request.Request(
            page.url, urllib.parse.urlencode(form).encode(), {"Origin": f"http://127.0.0.1:{port}"}
        )
    with browser.open(request, timeout=120) as page:
        return urllib.parse.urlsplit(page.url).path == "/admin/"


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "PATH_INFO", "X-Forwarded-Proto", "X-Forwarded-Ssl"])
def test_running_site_ignores_script_name_and_scheme_headers(header, served):
    request = urllib.request.Request(f"{served}/robots.txt", headers={header: "/elsewhere"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        assert answer.status == 200
        assert "elsewhere" not in answer.read().decode()


@pytest.fixture(scope="module")
def served(first_run, tmp_path_factory):
    port = free_port()
    with running_site(copy_data_dir(first_run[0], tmp_path_factory.mktemp("served") / "var"), port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "٨٠٠٠", ""])
def test_invalid_port_is_refused_before_the_setup(port, tmp_path):
    assert_refused(run_quickstart(tmp_path / "var", f"--port={port}"), "--port", "65535")
    assert not (tmp_path / "var").exists()


def test_port_in_use_is_refused_before_the_setup(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert_refused(run_quickstart(tmp_path / "var", "--port", str(port)), f"Port {port} is in use")
    assert not (tmp_path / "var").exists()


def test_data_dir_that_cannot_be_created_is_reported(tmp_path):
    (tmp_path / "a file").touch()
    assert_refused(run_quickstart(tmp_path / "a file" / "var", "--no-serve"), "a file/var", "Not a directory")


def test_data_dir_with_special_characters_in_its_name_is_used(first_run, tmp_path):
    folder = copy_data_dir(first_run[0], tmp_path / "Hội nghị #1 100%20?")
    assert run_quickstart(folder, "--no-serve").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_malformed_database_is_reported_and_not_changed(folder):
    for name in ("conference.sqlite3-wal", "conference.sqlite3-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "conference.sqlite3").write_text("not a database" * 100)
    assert_refused(run_quickstart(folder, "--no-serve"), "conference.sqlite3", "not a database")
    assert (folder / "conference.sqlite3").read_text().startswith("not a database")


def test_invalid_setting_is_reported(folder):
    assert_refused(run_quickstart(folder, "--no-serve", TRUSTED_PROXIES="some"), "TRUSTED_PROXIES")


def test_invalid_content_is_reported(tmp_path):
    project = tmp_path / "project"
    for name in ("conference", "sessions", "speakers", "templates", "static"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", project)
    with open(project / "conference" / "content" / "programme.toml", "a") as file:
        file.write("\n[[session]]\nslug = unquoted\n")
    result = run_quickstart(tmp_path / "var", "--no-serve", project=project, PYTHONDONTWRITEBYTECODE="1")
    assert_refused(result, "programme.toml")
    assert query(tmp_path / "var", "select count(*) from conference_conference") == [(0,)]


def test_old_python_version_is_reported():
    source = (ROOT / "manage.py").read_text()
    pretend = "import runpy, sys; sys.version_info = (3, 10, 9); runpy.run_path('manage.py', run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert_refused(result, "Python 3.11", "3.10")
    assert ast.parse(source, feature_version=(3, 4))


def test_reset_starts_over_and_keeps_other_files(folder):
    key = (folder / "secret_key").read_text()
    (folder / "notes.txt").write_text("not created by the site")
    (folder / "media" / "portrait.jpg").touch()
    query(folder, "update conference_conference set short_name_en = 'Edited'")
    result = run_quickstart(folder, "--no-serve", "--reset", "--no-input")
    assert result.returncode == 0, result.stderr
    assert PRINTED_ACCOUNT.search(result.stdout)
    assert query(folder, "select count(*) from conference_conference where short_name_en = 'Edited'") == [(0,)]
    assert list((folder / "media").iterdir()) == []
    assert (folder / "notes.txt").read_text() == "not created by the site"
    assert (folder / "secret_key").read_text() == key


def test_wipe_data_dir_keeps_the_target_of_a_symbolic_link(tmp_path):
    pictures, folder = tmp_path / "pictures", tmp_path / "var"
    pictures.mkdir()
    (pictures / "portrait.jpg").touch()
    data_dir.create_data_dir(folder)
    (folder / "media").symlink_to(pictures)
    data_dir.wipe_data_dir(folder)
    assert not (folder / "media").is_symlink()
    assert (pictures / "portrait.jpg").exists()


def test_reset_without_a_terminal_is_refused(folder):
    before = dump_database(folder)
    assert_refused(run_quickstart(folder, "--no-serve", "--reset"), "needs a terminal")
    assert dump_database(folder) == before


def test_reset_without_confirmation_deletes_nothing(folder):
    before = dump_database(folder)
    master, slave = pty.openpty()
    with contextlib.closing(os.fdopen(master, "w")) as keyboard, contextlib.closing(os.fdopen(slave)) as stdin:
        keyboard.write("y\n")
        keyboard.flush()
        result = subprocess.run(
            quickstart_command("--no-serve", "--reset"),
            env=make_environment(folder),
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=600,
        )
    assert_refused(result, "Nothing was deleted")
    assert dump_database(folder) == before


def test_reset_of_a_folder_not_created_by_quickstart_is_refused(folder):
    (folder / "about.txt").unlink()
    before = dump_database(folder)
    assert_refused(run_quickstart(folder, "--no-serve", "--reset", "--no-input"), "created by quickstart")
    assert dump_database(folder) == before


def test_reset_of_a_database_elsewhere_is_refused(folder, tmp_path):
    elsewhere = f"sqlite:///{tmp_path}/elsewhere.sqlite3"
    before = dump_database(folder)
    assert_refused(
        run_quickstart(folder, "--no-serve", "--reset", "--no-input", DATABASE_URL=elsewhere), "another database"
    )
    assert dump_database(folder) == before


# Databases of earlier development versions


def list_contents(folder):
    """Return the bytes of each file, without the lock files and those of an open database."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".lock", ".sqlite3-wal", ".sqlite3-shm")
    }


def make_former_schema(folder):
    query(folder, "update django_migrations set name = '0001_people' where app = 'registration'")


def test_database_of_a_development_version_is_refused_and_not_changed(folder):
    make_former_schema(folder)
    before = list_contents(folder)
    result = run_quickstart(folder, "--no-serve")
    assert_refused(result, "conference.sqlite3", "earlier development version", "export", "--reset")
    assert list_contents(folder) == before


def test_database_of_a_development_version_with_fewer_tables_is_refused(folder):
    query(folder, "drop table programme_historicalsession")
    assert_refused(run_quickstart(folder, "--no-serve"), "earlier development version")


def test_database_of_a_development_version_is_replaced_by_reset(folder):
    make_former_schema(folder)
    assert run_quickstart(folder, "--no-serve", "--reset", "--no-input").returncode == 0
    names = query(folder, "select name from django_migrations where app = 'registration' order by id")
    assert names[0] == ("0001_initial",)


def test_former_environment_variables_work_with_a_warning(folder):
    variables = make_environment(folder) | {"VAR_DIR": str(folder), "LETTERS_IN_BROWSER": "false"}
    del variables["DATA_DIR"]
    command = [sys.executable, str(ROOT / "manage.py"), "quickstart", "--no-serve"]
    result = subprocess.run(
        command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600
    )
    assert result.returncode == 0
    assert f"Setting up the site in {folder}" in result.stdout
    assert "VAR_DIR is now called DATA_DIR" in result.stderr
    assert "LETTERS_IN_BROWSER is now called DEV_OUTBOX" in result.stderr
