"""Markdown of organizers, where several visitors ask for the first page at once."""

import subprocess
import sys

AS_IMPORTED = """
import sessions.markdown
from mdurl._decode import decode_cache
from mdurl._encode import encode_cache
print(*map(len, [*encode_cache.values(), *decode_cache.values()]))
"""


def test_tables_for_addresses_are_whole_before_the_first_visitor():
    """Where two threads made the first address, one had half a table: an error, or an address that leads elsewhere."""
    found = subprocess.run([sys.executable, "-c", AS_IMPORTED], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["128", "128"]
