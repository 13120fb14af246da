"""Environment variables that the settings read."""

import re

from conference import wallet_settings
from conference.settings import BASE_DIR


def settings_variables():
    """Return the names of all variables that modules of the settings read."""
    modules = "\n".join(path.read_text() for path in (BASE_DIR / "conference").glob("*.py"))
    read_singly = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', modules)
    return {*read_singly, *wallet_settings.APPLE_VARIABLES, *wallet_settings.GOOGLE_VARIABLES}
