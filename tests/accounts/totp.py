"""Codes of an authenticator app, and signing in with one."""

import base64
import hashlib
import hmac
import struct

from django.test import Client

from ..users import PASSWORD, TOTP_SECRET

LOGIN, AUTHENTICATE = "/accounts/login/", "/accounts/2fa/authenticate/"
# The 30-second period in which the tests of this package run: November 2026.
PERIOD = 59_833_333


def totp_code(secret=TOTP_SECRET, period=PERIOD):
    """Return the code of a 30-second period (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", period), hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def enter_password(client, user, **request):
    return client.post(LOGIN, {"login": user.email, "password": PASSWORD}, **request)


def enter_code(client, code, **request):
    return client.post(AUTHENTICATE, {"code": code}, **request)


def sign_in_with_code(user, code=None):
    client = Client()
    enter_password(client, user)
    enter_code(client, code or totp_code())
    return client


def can_access_admin(client):
    return client.get("/admin/").status_code == 200
