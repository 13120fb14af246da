"""Keys for passes of Apple Wallet and Google Wallet, from environment variables. Passes are offered only with them.

A missing variable or an unreadable file is refused at start, with one sentence that names the variable.
"""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env

APPLE_VARIABLES = (
    "APPLE_WALLET_PASS_TYPE_ID",
    "APPLE_WALLET_TEAM_ID",
    "APPLE_WALLET_CERTIFICATE",
    "APPLE_WALLET_KEY",
    "APPLE_WALLET_WWDR_CERTIFICATE",
)
GOOGLE_VARIABLES = ("GOOGLE_WALLET_ISSUER_ID", "GOOGLE_WALLET_SERVICE_ACCOUNT")


@dataclass(frozen=True)
class AppleWallet:
    """What signs passes: the certificate of the pass type with its key, and Apple's intermediate certificate."""

    pass_type_id: str
    team_id: str
    certificate: Any
    key: Any
    intermediate_certificate: Any


@dataclass(frozen=True)
class GoogleWallet:
    """The issuer account, and the service account that signs passes."""

    issuer_id: str
    service_account: str
    key: Any


def read_apple_wallet(env: Env) -> AppleWallet | None:
    """Return the keys for Apple Wallet, or None if no variable is set. Raise ImproperlyConfigured if one is wrong."""
    values = read_together(env, APPLE_VARIABLES)
    if values is None:
        return None
    # Imported here because most sites have no keys.
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    password = env.str("APPLE_WALLET_KEY_PASSWORD", "").encode() or None
    certificate, key, intermediate = (
        load_file(name, values[name], load)
        for name, load in (
            ("APPLE_WALLET_CERTIFICATE", load_pem_x509_certificate),
            ("APPLE_WALLET_KEY", partial(load_pem_private_key, password=password)),
            ("APPLE_WALLET_WWDR_CERTIFICATE", load_pem_x509_certificate),
        )
    )
    if certificate.public_key() != key.public_key():
        raise ImproperlyConfigured("APPLE_WALLET_KEY is not the key of APPLE_WALLET_CERTIFICATE.")
    ids = (values["APPLE_WALLET_PASS_TYPE_ID"], values["APPLE_WALLET_TEAM_ID"])
    return AppleWallet(*ids, certificate, key, intermediate)


def read_google_wallet(env: Env) -> GoogleWallet | None:
    """Return the keys for Google Wallet, or None if no variable is set. Raise ImproperlyConfigured if one is wrong."""
    values = read_together(env, GOOGLE_VARIABLES)
    if values is None:
        return None
    account = load_file("GOOGLE_WALLET_SERVICE_ACCOUNT", values["GOOGLE_WALLET_SERVICE_ACCOUNT"], load_service_account)
    return GoogleWallet(values["GOOGLE_WALLET_ISSUER_ID"], *account)


def load_service_account(content: bytes) -> tuple[str, Any]:
    """Return e-mail address and key from the JSON file of a Google service account."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    account = json.loads(content)
    return account["client_email"], load_pem_private_key(account["private_key"].encode(), None)


def read_together(env: Env, names: tuple[str, ...]) -> dict[str, str] | None:
    """Return the variables, or None if none is set. Raise ImproperlyConfigured if only some are set."""
    values = {name: env.str(name, "") for name in names}
    if not any(values.values()):
        return None
    for name, value in values.items():
        if not value:
            raise ImproperlyConfigured(f"{name} is missing: {', '.join(names)} belong together.")
    return values


def load_file(name: str, path: str, load: Any) -> Any:
    """Return what a function makes of the content of the file in a variable."""
    try:
        with open(path, "rb") as file:
            return load(file.read())
    except (OSError, ValueError, TypeError, KeyError):
        raise ImproperlyConfigured(f"{name} must be the path of a readable file with the right content.") from None
