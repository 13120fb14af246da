"""Content encodings of cached pages (RFC 9110, 12.5.3)."""

import gzip
from functools import lru_cache

import brotli

# Shorter content would hardly become smaller.
MIN_LENGTH = 500
COMPRESSED_TYPES = frozenset({"image/png", "image/x-icon"})


@lru_cache(maxsize=200)
def preferred_encoding(accept_encoding: str) -> str:
    """Return "br", "gzip" or "" for an Accept-Encoding header. A weight of 0 refuses an encoding."""
    accepted = {}
    for entry in accept_encoding[:500].lower().split(","):
        encoding, _, parameter = entry.partition(";")
        weight = parameter.replace(" ", "").removeprefix("q=")
        accepted[encoding.strip()] = not parameter or weight.strip("0.") != ""
    return next((name for name in ("br", "gzip") if accepted.get(name, accepted.get("*", False))), "")


def compress(content: bytes, encoding: str, *, thoroughly: bool) -> bytes:
    """Compress in "br" or "gzip"; thoroughly if the result is sent more than once. The result is deterministic."""
    if encoding == "br":
        return brotli.compress(content, quality=5 if thoroughly else 1)
    return gzip.compress(content, compresslevel=6 if thoroughly else 1, mtime=0)
