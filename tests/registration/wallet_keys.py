"""Keys of a certificate authority made for the tests, in place of those of Apple and Google."""

import datetime
import json
from dataclasses import dataclass
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from conference.registration.tickets.wallet.keys import AppleWallet, GoogleWallet

PASS_TYPE, TEAM, ISSUER = "pass.example.conference", "ABCDE12345", "3388000000000000001"
SERVICE_ACCOUNT = "tickets@conference.iam.gserviceaccount.example"


@dataclass(frozen=True)
class TestKeys:
    """A root, an intermediate certificate and a certificate of a pass type, the latter with its key."""

    __test__ = False
    root: x509.Certificate
    intermediate: x509.Certificate
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    def apple_wallet(self):
        return AppleWallet(PASS_TYPE, TEAM, self.certificate, self.key, self.intermediate)

    def google_wallet(self):
        return GoogleWallet(ISSUER, SERVICE_ACCOUNT, self.key)

    def write_files(self, folder):
        """Write the files that the environment variables name. Return the variables."""
        key = to_pem(self.key)
        contents = {
            "APPLE_WALLET_CERTIFICATE": self.certificate.public_bytes(Encoding.PEM),
            "APPLE_WALLET_KEY": key,
            "APPLE_WALLET_WWDR_CERTIFICATE": self.intermediate.public_bytes(Encoding.PEM),
            "GOOGLE_WALLET_SERVICE_ACCOUNT": json.dumps(
                {"client_email": SERVICE_ACCOUNT, "private_key": key.decode()}
            ).encode(),
        }
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        paths = {name: str(folder / name) for name in contents}
        ids = {
            "APPLE_WALLET_PASS_TYPE_ID": PASS_TYPE,
            "APPLE_WALLET_TEAM_ID": TEAM,
            "GOOGLE_WALLET_ISSUER_ID": ISSUER,
        }
        return paths | ids


@cache
def make_keys():
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(3)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("Root", "WWDR", PASS_TYPE)]
    root = make_certificate(names[0], keys[0], names[0], keys[0], is_authority=True)
    intermediate = make_certificate(names[1], keys[1], names[0], keys[0], is_authority=True)
    certificate = make_certificate(names[2], keys[2], names[1], keys[1], is_authority=False)
    return TestKeys(root, intermediate, certificate, keys[2])


def make_certificate(subject, key, issuer, issuer_key, *, is_authority):
    # Valid now and at the time of the conference.
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
    builder = builder.not_valid_after(start + datetime.timedelta(days=36500))
    builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    return builder.sign(issuer_key, SHA256())


def to_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
