"""Checks of the environment variables that settings.py reads, and support for their former names.

Each check raises ImproperlyConfigured with one sentence that names the variable and never repeats a possible password.
"""

import os
import warnings
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

# The thresholds of Django's own check security.W009.
SECRET_KEY_LENGTH, SECRET_KEY_DISTINCT_CHARACTERS = 50, 5

DATABASE_ENGINES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")
REDIS_SCHEMES = ("redis", "rediss", "unix")
SMTP_SCHEMES = ("smtp", "smtps", "submission", "submit")
EMAIL_SCHEMES = (*SMTP_SCHEMES, "console", "dummy")

KEY_GENERATOR_COMMAND = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"

# Former names, accepted for one version.
RENAMED_VARIABLES = {
    "VAR_DIR": "DATA_DIR",
    "LETTERS_IN_BROWSER": "DEV_OUTBOX",
    "SECOND_FACTOR_MAY_WAIT": "MFA_OPTIONAL_LOCALLY",
}


class RenamedVariableWarning(UserWarning):
    """An environment variable is set under its former name."""


def apply_renamed_variables() -> None:
    """Copy variables with a former name to the current one, and warn. A variable with the current name wins."""
    for old, new in RENAMED_VARIABLES.items():
        if old in os.environ and new not in os.environ:
            warnings.warn(f"{old} is now called {new}.", RenamedVariableWarning, stacklevel=2)
            os.environ[new] = os.environ[old]


def check_secret_key(name: str, key: str) -> None:
    """Reject a weak key: it signs sessions, links and tickets."""
    if (
        len(key) < SECRET_KEY_LENGTH
        or len(set(key)) < SECRET_KEY_DISTINCT_CHARACTERS
        or key.startswith("django-insecure-")
    ):
        raise ImproperlyConfigured(
            f"{name} is too weak: use {SECRET_KEY_LENGTH} or more random characters, for example from "
            f"{KEY_GENERATOR_COMMAND}."
        )


def check_site_url(url: str) -> SplitResult:
    """Return the parts of SITE_URL, which may have a scheme (http or https), a host and a port only."""
    parts = split_url(url)
    if (
        parts is None
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts._replace(scheme="", netloc="").geturl()
        or "@" in parts.netloc
    ):
        raise ImproperlyConfigured(f"SITE_URL must look like https://conference.example; it is {url!r}.")
    return parts


def check_debug(debug: bool, *, local: bool) -> None:
    """Reject DEBUG on a public site: its error pages show source code and settings."""
    if debug and not local:
        raise ImproperlyConfigured(
            "DEBUG must not be set where SITE_URL is not on this machine: error pages would show settings to visitors."
        )


def check_database(database: dict) -> None:
    """Reject a DATABASE_URL without a supported engine or without a name."""
    if database.get("ENGINE") not in DATABASE_ENGINES or not database.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgres://user:password@host/name or sqlite:////folder/file.sqlite3."
        )


def check_redis_url(url: str) -> None:
    """Reject a URL that the Redis client would reject at the first request or whose database number it would ignore."""
    if not url:
        return
    parts = split_url(url)
    location = parts and (parts.path if parts.scheme == "unix" else parts.hostname)
    number = parts.path.strip("/") if parts and parts.scheme != "unix" else ""
    if not parts or parts.scheme not in REDIS_SCHEMES or not location or (number and not number.isdecimal()):
        raise ImproperlyConfigured("REDIS_URL must look like redis://:password@host:6379/0.")


def check_email_url(url: str, *, local: bool) -> None:
    """Reject a malformed URL, and on a public site a backend that would write sign-in codes to the log."""
    if not url and not local:
        raise ImproperlyConfigured(
            "EMAIL_URL is missing: set it to submission://user:password@host:587, or sign-in codes would be printed to "
            "the log."
        )
    parts = split_url(url or "console://")
    if not parts or parts.scheme not in EMAIL_SCHEMES or (parts.scheme in SMTP_SCHEMES and not parts.hostname):
        raise ImproperlyConfigured("EMAIL_URL must look like submission://user:password@host:587 or smtp://host:25.")
    if parts.scheme == "console" and not local:
        raise ImproperlyConfigured("EMAIL_URL must not be console:// here: sign-in codes would be printed to the log.")


def split_url(url: str) -> SplitResult | None:
    """Return the parts of a URL, or None if it is malformed."""
    try:
        parts = urlsplit(url)
        _port = parts.port  # raises ValueError for a port that is not a number
    except ValueError:
        return None
    return parts


def postgresql_options(
    url_options: dict, *, connect_timeout: int, network_timeout: int, session_timeouts: dict[str, int]
) -> dict:
    """Return the connection options with all time limits, in seconds. Options in DATABASE_URL take precedence."""
    session_options = [f"-c {name}={seconds}s" for name, seconds in session_timeouts.items()]
    return {
        "connect_timeout": connect_timeout,
        # The kernel closes a connection when data or keepalives stay unacknowledged.
        "tcp_user_timeout": network_timeout * 1000,
        "keepalives_idle": network_timeout,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        **url_options,
        "options": " ".join([*session_options, *filter(None, [url_options.get("options")])]),
    }
