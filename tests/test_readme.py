"""The README's two commands and its table of variables are what the code does."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
SELF_CONTAINED = "python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt"


def blocks():
    return re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)


def test_first_command_runs_the_site_and_second_tests_it():
    run, test, *_ = blocks()
    assert run == f"{SELF_CONTAINED} && .venv/bin/python manage.py quickstart"
    assert test == f"{SELF_CONTAINED} -r tests/requirements.txt && .venv/bin/python -m pytest"


def test_table_names_every_variable_that_settings_read_and_no_other():
    read = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "conference" / "settings.py").read_text())
    told = re.findall(r"^\| `([A-Z_]+)`", README, re.MULTILINE)
    assert sorted(told) == sorted(read)


def test_gunicorns_own_variables_are_told():
    read = re.findall(r'environ(?:\.get\(|\[)["\']([A-Z_]+)', (ROOT / "deploy" / "gunicorn.conf.py").read_text())
    assert read
    assert all(f"`{name}`" in README for name in read)


def test_commands_name_only_files_that_exist():
    files = re.findall(r"(?:-r |-c |bash )([\w./-]+)", "\n".join(blocks()))
    assert files
    assert [name for name in files if not (ROOT / name).exists()] == []
