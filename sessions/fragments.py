"""Parts of pages that come again on the same page and on others, each made once of an edition.

A fragment may tell of its edition, of the active language, of the clocks of its page and of what it is made once by; of
nothing else, neither of who asks nor of when. Templates make them with the tag once.
"""

import re
import threading
from collections import OrderedDict

from django.urls import get_script_prefix
from django.utils.translation import get_language

# About as much as 900 sessions take on two clocks.
MOST_BYTES = 4_000_000
# Where the templates leave out what is put in later. No text has it, for in texts each "<" is escaped.
GAP = re.compile(r"<!--gap (\d+)-->")


class Fragments:
    """Those of one edition, with which they go. Thread-safe.

    Those on the conference's own clock stay. Beside them, as there are hundreds of other clocks to ask for, only those
    of the clocks asked for last: as many as take most_bytes together, and one at least.
    """

    def __init__(self, most_bytes=MOST_BYTES):
        self.most_bytes = most_bytes
        self._own, self._others = {}, OrderedDict()
        self._lock = threading.Lock()

    def on(self, clock, saves_data=False):
        """A sheet for a page in the active language on these clocks; saves_data where it is the light edition."""
        place = get_language(), saves_data, get_script_prefix(), clock.away and clock.away.key
        is_own = place[2:] == ("/", None)
        with self._lock:
            return Sheet(self._own.setdefault(place, Made()) if is_own else self._on_another(place))

    def _on_another(self, place):
        made = self._others.setdefault(place, Made())
        self._others.move_to_end(place)
        while len(self._others) > 1 and sum(others.bytes for others in self._others.values()) > self.most_bytes:
            self._others.popitem(last=False)
        return made


class Made:
    """Fragments of pages in the same language on the same clocks, by any key, as UTF-8: half of what text takes."""

    def __init__(self):
        self.bytes = 1000
        self._kept = {}

    def get(self, key):
        """The fragment, or None where it has not been made yet."""
        return self._kept.get(key)

    def put(self, key, fragment):
        self._kept[key] = fragment
        self.bytes += len(fragment) + 200


class Sheet:
    """A page in the making, and the fragments it is made of.

    Long lists are left out, and put in when all else has been written: on their way through the templates they would
    be copied a dozen times, which for 900 sessions takes longer than all else.
    """

    def __init__(self, made):
        self.made = made
        self._left_out = []

    def leave_out(self, fragments):
        """What stands for them until they are put in."""
        self._left_out.append(b"".join(fragments))
        return f"<!--gap {len(self._left_out) - 1}-->"

    def written(self, html):
        """The whole page, as UTF-8."""
        parts = GAP.split(html)
        parts[::2] = [part.encode() for part in parts[::2]]
        parts[1::2] = [self._left_out[int(number)] for number in parts[1::2]]
        return b"".join(parts)
