"""Cookie that tells whose browser it is after the session has ended.

A form that arrives without a session is kept for this user only. The cookie opens nothing.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import signing
from django.http import HttpRequest, HttpResponse

# With the same prefix as the session cookie.
COOKIE_NAME = settings.SESSION_COOKIE_NAME.replace("sessionid", "form_owner")
SALT = "conference.core.form_recovery"
# Seconds. Longer than a session, and set again when less than half of it is left.
MAX_AGE = 2 * settings.SESSION_COOKIE_AGE


def get_owner(request: HttpRequest, max_age: int = MAX_AGE) -> str | None:
    """Return the key of the user who signed in last in this browser, or None."""
    try:
        return signing.loads(request.COOKIES.get(COOKIE_NAME, ""), salt=SALT, max_age=max_age)
    except signing.BadSignature:
        return None


def get_user_key(request: Any) -> str | None:
    """Return the key of the signed-in user without a query."""
    key = request.session.get(SESSION_KEY)
    return None if key is None else str(key)


def set_owner(request: HttpRequest, response: HttpResponse) -> None:
    """Set the cookie for the signed-in user, unless it is set and recent."""
    key = get_user_key(request)
    if key is not None and get_owner(request, MAX_AGE // 2) != key:
        value = signing.dumps(key, salt=SALT)
        response.set_cookie(
            COOKIE_NAME,
            value,
            max_age=MAX_AGE,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
