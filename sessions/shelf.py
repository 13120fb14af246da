"""Where ready pages stand: by address, bounded in bytes, and all thrown away together when what they tell changes.

For a moment after that, nobody waits for what somebody else is making anew: they are given what stood there before.

Pure: knows neither requests nor answers. What is kept has a size in bytes.
"""

import os
import threading
import time
from collections import OrderedDict
from contextlib import contextmanager

# Seconds. A change is noticed half a second after it was made, and has to show within one.
MOMENT = 0.3


class Shelf:
    """Thread-safe. What was thrown away a moment ago has to make room first, then what was not asked for longest.

    turns are functions that, given a moment, return the next one (both in seconds since 1970) at which pages say
    something else though nobody has changed anything, or None: a session begins, a day ends.
    """

    def __init__(self, most_bytes):
        self.most_bytes = most_bytes
        self.bytes = 0
        self.generation = 0
        self.turns = []
        self._kept = OrderedDict()
        self._until = None
        self._former, self._former_bytes, self._former_until = OrderedDict(), 0, 0
        self._renewed = set()
        self._lock = threading.Lock()
        self._making = {}
        os.register_at_fork(after_in_child=self._begin_anew)

    def __len__(self):
        return len(self._kept)

    def get(self, address):
        """What stands there, or None."""
        found = self._kept.get(address)
        if found is None:
            return None
        if self._until is not None and time.time() >= self._until:
            self.clear()
            return None
        # Another thread may have thrown it away just now.
        try:
            self._kept.move_to_end(address)
        except KeyError:
            return None
        return found

    def keep(self, address, make):
        """What stands there. Where nothing does, make() is what will."""
        found = self.get(address)
        if found is None:
            with self.alone(address):
                found = self.get(address)
                if found is None:
                    begun = self.begin(address)
                    found = make()
                    self.put(address, found, begun)
        return found

    def former(self, address):
        """What stood there until a moment ago, where somebody is making what will; else None."""
        if address in self._renewed and time.monotonic() < self._former_until:
            return self._former.get(address)
        return None

    def put(self, address, page, begun):
        """Keep what was begun at this time and generation (see begin), unless it has been overtaken since."""
        moment, generation = begun
        # Before the lock is taken: whoever tells of the next turn may learn that something has changed, and clear.
        until = self._until or self._next_turn(moment)
        with self._lock:
            self._until = self._until or until
            if generation != self.generation or time.time() >= self._until or page.size > self.most_bytes:
                return
            self._take_away(address)
            self._kept[address] = page
            self.bytes += page.size
            self._make_room()

    def begin(self, address):
        """Say this, alone, before making what is put here later."""
        with self._lock:
            self._renewed.add(address)
            return time.time(), self.generation

    def drop(self, address):
        with self._lock:
            self._take_away(address)

    def clear(self):
        """Whatever is being made of the old at this moment will not be kept either."""
        with self._lock:
            if self._kept:
                self._former, self._former_bytes = self._kept, self.bytes
                self._former_until = time.monotonic() + MOMENT
            self._kept, self.bytes = OrderedDict(), 0
            self._renewed = set()
            self.generation += 1
            self._until = None

    @contextmanager
    def alone(self, address):
        """Of several threads that want to make the same, the others wait here, and then find it made."""
        with self._lock:
            lock, others = self._making.get(address, (threading.Lock(), 0))
            self._making[address] = lock, others + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                self._renewed.discard(address)
                lock, users = self._making.pop(address)
                if users > 1:
                    self._making[address] = lock, users - 1

    def _make_room(self):
        is_former_over = time.monotonic() >= self._former_until
        while self._former and (is_former_over or self.bytes + self._former_bytes > self.most_bytes):
            self._former_bytes -= self._former.popitem(last=False)[1].size
        while self.bytes > self.most_bytes:
            self._take_away(next(iter(self._kept)))

    def _take_away(self, address):
        page = self._kept.pop(address, None)
        self.bytes -= page.size if page else 0

    def _next_turn(self, moment):
        return min((turn for turn in (after(moment) for after in self.turns) if turn is not None), default=float("inf"))

    def _begin_anew(self):
        """In a forked process, where a thread that held a lock is not, and nobody yet follows what changes."""
        self._lock, self._making = threading.Lock(), {}
        self.clear()
        self._former_until = 0
