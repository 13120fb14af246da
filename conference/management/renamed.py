"""Former names of commands. They are accepted for one version, with a warning."""

import sys
from collections.abc import Sequence

RENAMED_COMMANDS = {
    "worker": "send_emails",
    "purge": "purge_expired_data",
    "reset_second_factor": "reset_mfa",
}


def replace_former_name(argv: Sequence[str]) -> list[str]:
    """Return the command line with the present name of the command, and warn if it had a former one."""
    program, *arguments = argv
    if not arguments or arguments[0] not in RENAMED_COMMANDS:
        return list(argv)
    former, *options = arguments
    name = RENAMED_COMMANDS[former]
    print(f"“manage.py {former}” is now “manage.py {name}”; the former name will be removed.", file=sys.stderr)
    return [program, name, *options]
