"""Former names of commands."""

import pytest
from django.core.management import get_commands

from conference.management.renamed import RENAMED_COMMANDS, replace_former_name


@pytest.mark.parametrize(("former", "name"), RENAMED_COMMANDS.items())
def test_replace_former_name_warns_and_returns_existing_command(former, name, capsys):
    assert replace_former_name(["manage.py", former, "--once"]) == ["manage.py", name, "--once"]
    assert name in get_commands()
    assert f"“manage.py {former}” is now “manage.py {name}”" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["manage.py"], ["manage.py", "check", "worker"]])
def test_replace_former_name_other_command_is_unchanged(argv, capsys):
    assert replace_former_name(argv) == argv
    assert capsys.readouterr().err == ""
