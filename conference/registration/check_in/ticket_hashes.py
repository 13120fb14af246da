"""Hashes of ticket codes, by which devices without a network recognize tickets.

A device cannot make a ticket from a hash, and it cannot check a signature, because the key stays on the server. Each
process keeps the hashes of all tickets in memory: signing ten thousand codes takes longer than a request may.
"""

import hashlib
import threading
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.core.signing import Signer
from django.utils.http import urlsafe_base64_encode

from ..models import Ticket
from ..tickets.issuance import TICKET_SALT, TICKET_SEPARATOR

# 96 bits: two of ten thousand tickets share a hash with a probability of 1 in 10^21.
HASH_LENGTH = 16


def hash_code(code: str) -> str:
    """Return the first characters of the SHA-256 of a code in base64url."""
    return urlsafe_b64encode(hashlib.sha256(code.encode()).digest()).decode()[:HASH_LENGTH]


def hash_tickets(keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
    """Return the hashes of tickets by their ids.

    The first hash is that of the code which is printed today; the others are those of codes that were signed with a
    former key and are still valid.
    """
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    signers = [Signer(key=secret, salt=TICKET_SALT, sep=TICKET_SEPARATOR) for secret in secrets]
    hashes = {}
    for key in keys:
        value = urlsafe_base64_encode(key.bytes)
        hashes[key] = tuple(hash_code(signer.sign(value)) for signer in signers)
    return hashes


@dataclass
class TicketHashes:
    """Hashes of the tickets that this process has met. Thread-safe: entries are only added."""

    by_ticket: dict[uuid.UUID, tuple[str, ...]] = field(default_factory=dict)
    by_hash: dict[str, uuid.UUID] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, keys: Collection[uuid.UUID]) -> None:
        with self.lock:
            missing = [key for key in keys if key not in self.by_ticket]
            hashed = hash_tickets(missing)
            self.by_ticket |= hashed
            self.by_hash |= {text: key for key, texts in hashed.items() for text in texts}

    def get(self, keys: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
        """Return the hashes of these tickets."""
        self.add(keys)
        return {key: self.by_ticket[key] for key in keys}

    def find(self, hashes: Collection[str]) -> dict[str, uuid.UUID]:
        """Return the ids of the tickets with these hashes, in one query if one of them is new to this process."""
        if any(text not in self.by_hash for text in hashes):
            self.add(list(Ticket.objects.order_by().values_list("pk", flat=True)))
        return {text: self.by_hash[text] for text in hashes if text in self.by_hash}

    def clear(self) -> None:
        self.by_ticket, self.by_hash = {}, {}


ticket_hashes = TicketHashes()
