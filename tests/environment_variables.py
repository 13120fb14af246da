"""Environment variables that the settings read."""

import re

from conference.registration.tickets.wallet import keys
from conference.settings import BASE_DIR


def settings_variables():
    """Return the names of all variables that modules of the settings read."""
    modules = [*(BASE_DIR / "conference").glob("*.py"), BASE_DIR / "conference/registration/tickets/wallet/keys.py"]
    read_singly = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', "\n".join(path.read_text() for path in modules))
    return {*read_singly, *keys.APPLE_VARIABLES, *keys.GOOGLE_VARIABLES}
