"""The README's commands and the settings table in the documentation match the code."""

import re
from pathlib import Path

from .environment_variables import settings_variables

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
CREATE_VENV = "python3 -m venv .venv && .venv/bin/pip install --quiet -r"


def code_blocks(text):
    return re.findall(r"```sh\n(.*?)\n```", text, re.DOTALL)


def test_readme_commands_run_and_test_the_site():
    run, test, *_ = code_blocks(README)
    assert run == f"{CREATE_VENV} requirements.lock && .venv/bin/python manage.py quickstart"
    assert test == f"{CREATE_VENV} tests/requirements.lock && .venv/bin/python -m pytest"


def test_settings_table_lists_exactly_the_variables_that_settings_read():
    [table] = re.findall(r"^## Settings\n(?:.*\n)*?\n((?:\|.*\n)+)", OPERATIONS, re.MULTILINE)
    listed = set(re.findall(r"^\| `([A-Z_]+)`", table, re.MULTILINE))
    assert listed == settings_variables()


def test_gunicorn_variables_are_documented():
    read = re.findall(r'environ(?:\.get\(|\[)["\']([A-Z_]+)', (ROOT / "deploy" / "gunicorn.conf.py").read_text())
    assert read
    assert [name for name in read if f"`{name}`" not in OPERATIONS] == []


def test_commands_name_only_existing_files():
    blocks = "\n".join(block for path in DOCUMENTS for block in code_blocks(path.read_text()))
    files = re.findall(r"(?:-r |-c |bash )([\w./-]+)", blocks)
    assert files
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_links_and_images_of_documents_exist():
    missing = []
    for path in DOCUMENTS:
        text = path.read_text()
        targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
        missing += [f"{path.name}: {target}" for target in targets if not (path.parent / target).exists()]
    assert missing == []


def test_lock_files_pin_the_listed_requirements():
    for folder in (ROOT, ROOT / "tests"):
        pins = re.findall(r"^([\w-]+)(?:\[\w+\])?==([\w.]+)", (folder / "requirements.txt").read_text(), re.MULTILINE)
        locked = (folder / "requirements.lock").read_text()
        assert [name for name, version in pins if f"\n{name.lower()}=={version} " not in locked] == [], folder
