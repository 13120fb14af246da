"""Codes of certificates: random, and written so that they can be read aloud and typed from paper."""

import secrets

from conference.core.i18n.text import normalize_code

# Crockford's Base32: no I, L, O and U, which look like 1, 1, 0 and V. 26 characters hold 130 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 26
GROUP_LENGTH, GROUP_COUNT = 5, 5
LOOK_ALIKES = str.maketrans("ILO", "110")


def make_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _number in range(CODE_LENGTH))


def format_code(code: str) -> str:
    """Return a code in groups: “3F7QK-9M2XR-0ABCD-EFGH1-J2K3M4”. The last group has one character more."""
    starts = range(0, GROUP_LENGTH * GROUP_COUNT, GROUP_LENGTH)
    groups = [code[start : start + GROUP_LENGTH] for start in starts]
    return "-".join([*groups[:-1], groups[-1] + code[GROUP_LENGTH * GROUP_COUNT :]])


def normalize_certificate_code(text: str) -> str:
    """Return a code as it is stored, given in any spacing, letter case and width; "" if it cannot be one."""
    code = "".join(filter(str.isalnum, normalize_code(text))).upper().translate(LOOK_ALIKES)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""
