"""Checks of the values that settings.py reads from the environment.

Each check raises ImproperlyConfigured with one sentence that names the variable. No sentence repeats a value that may
contain a password.
"""

from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

# What Django's own check (security.W009) calls strong enough.
SECRET_KEY_LENGTH, SECRET_KEY_DISTINCT_CHARACTERS = 50, 5

DATABASE_ENGINES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")
REDIS_SCHEMES = ("redis", "rediss", "unix")
SMTP_SCHEMES = ("smtp", "smtps", "submission", "submit")
EMAIL_SCHEMES = (*SMTP_SCHEMES, "console", "dummy")

COMMAND_THAT_MAKES_ONE = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def check_secret_key(name: str, key: str) -> None:
    """Refuse a key that can be guessed: it signs sessions, links and tickets."""
    if (
        len(key) < SECRET_KEY_LENGTH
        or len(set(key)) < SECRET_KEY_DISTINCT_CHARACTERS
        or key.startswith("django-insecure-")
    ):
        raise ImproperlyConfigured(
            f"{name} is too weak: use {SECRET_KEY_LENGTH} or more random characters, for example from "
            f"{COMMAND_THAT_MAKES_ONE}."
        )


def check_site_url(url: str) -> SplitResult:
    """Return the parts of SITE_URL: http or https, a host, perhaps a port, and nothing else."""
    parts = _split(url)
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
    """Refuse DEBUG where others can reach the site: its error pages show source code and settings."""
    if debug and not local:
        raise ImproperlyConfigured(
            "DEBUG must not be set where SITE_URL is not on this machine: error pages would show settings to visitors."
        )


def check_database(database: dict) -> None:
    if database.get("ENGINE") not in DATABASE_ENGINES or not database.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgres://user:password@host/name or sqlite:////folder/file.sqlite3."
        )


def check_redis_url(url: str) -> None:
    """Refuse what the Redis client would refuse at the first request, and a database number that it would ignore."""
    if not url:
        return
    parts = _split(url)
    place = parts and (parts.path if parts.scheme == "unix" else parts.hostname)
    number = parts.path.strip("/") if parts and parts.scheme != "unix" else ""
    if not parts or parts.scheme not in REDIS_SCHEMES or not place or (number and not number.isdecimal()):
        raise ImproperlyConfigured("REDIS_URL must look like redis://:password@host:6379/0.")


def check_email_url(url: str, *, local: bool) -> None:
    """Refuse a malformed URL, and a public site that would print e-mails, sign-in codes included, to the log."""
    if not url and not local:
        raise ImproperlyConfigured(
            "EMAIL_URL is missing: set it to submission://user:password@host:587, or sign-in codes would be printed to "
            "the log."
        )
    parts = _split(url or "console://")
    if not parts or parts.scheme not in EMAIL_SCHEMES or (parts.scheme in SMTP_SCHEMES and not parts.hostname):
        raise ImproperlyConfigured("EMAIL_URL must look like submission://user:password@host:587 or smtp://host:25.")
    if parts.scheme == "console" and not local:
        raise ImproperlyConfigured("EMAIL_URL must not be console:// here: sign-in codes would be printed to the log.")


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; None where it cannot be one."""
    try:
        parts = urlsplit(url)
        # Read here because it raises where the port is not a number.
        _port = parts.port
    except ValueError:
        return None
    return parts
