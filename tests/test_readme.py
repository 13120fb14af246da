"""The README's commands and its table of environment variables match the code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
SELF_CONTAINED = "python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt"


def shell_blocks():
    return re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)


def test_readme_first_commands_run_and_test_the_site():
    run, test, *_ = shell_blocks()
    assert run == f"{SELF_CONTAINED} && .venv/bin/python manage.py quickstart"
    assert test == f"{SELF_CONTAINED} -r tests/requirements.txt && .venv/bin/python -m pytest"


def test_readme_table_lists_the_variables_of_the_settings():
    read = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "conference" / "settings.py").read_text())
    listed = re.findall(r"^\| `([A-Z_]+)`", README, re.MULTILINE)
    assert sorted(listed) == sorted(read)


def test_readme_lists_the_variables_of_gunicorn():
    read = re.findall(r'environ(?:\.get\(|\[)["\']([A-Z_]+)', (ROOT / "deploy" / "gunicorn.conf.py").read_text())
    assert read
    assert all(f"`{name}`" in README for name in read)


def test_readme_commands_use_existing_files():
    files = re.findall(r"(?:-r |-c |bash )([\w./-]+)", "\n".join(shell_blocks()))
    assert files
    assert [name for name in files if not (ROOT / name).exists()] == []
