"""A visitor's connection, and what has come of the request that is coming."""

import socket
import struct
import tempfile
from collections import OrderedDict
from contextlib import suppress

from gunicorn import http
from gunicorn.http.errors import NoMoreData
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

# Seconds, within which all of a head has come, another piece of a body has, or another piece of an answer has gone.
PATIENCE = 10
# Bytes: heads and bodies as nginx takes them (deploy/nginx.conf), how much of a body is kept in memory, and how much is
# read at once and waits in the system for whoever reads slowly.
LONGEST_HEAD, LONGEST_BODY = 32 * 1024, 12 * 1024 * 1024
IN_MEMORY, AT_ONCE, UNREAD = 64 * 1024, 64 * 1024, 200 * 1024
END_OF_HEAD = b"\r\n\r\n"


class Refused(Exception):
    """What nobody is going to read to its end. status is that of the answer."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


class Connection(TConn):
    """head is the request as gunicorn reads it, once all of its head has come; length is of its body in bytes, and
    missing what of that has not come. unsent are parts of an answer that have not gone, after which it goes on or not.
    """

    def __init__(self, cfg, taken, client, server):
        super().__init__(cfg, taken, client, server)
        self.gathered = Gathered(taken)
        self.parser = http.get_parser(cfg, taken, client)
        self.parser.unreader = self.gathered
        # gunicorn need not wait for what has come, nor find out which protocol it is.
        self.initialized = self.data_ready = True
        self.head, self.length, self.missing = None, 0, 0
        self.unsent, self.goes_on = [], False
        # A thread that writes to a visitor who does not read gets away.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", PATIENCE, 0))

    @property
    def has_begun(self):
        return bool(self.gathered.buf.getbuffer().nbytes)

    def gather(self, data):
        if self.missing:
            self.missing -= len(data)
        self.gathered.add(data)

    def read_head(self):
        """The request, its body not read; None where not all of its head has come. Raises Refused, or ParseException
        where gunicorn would refuse it."""
        if self.head is None:
            come = self.gathered.buf.getvalue()
            end = come.find(END_OF_HEAD)
            if (end if end >= 0 else len(come)) > LONGEST_HEAD:
                raise Refused("431 Request Header Fields Too Large")
            if end < 0:
                return None
            end += len(END_OF_HEAD)
            try:
                head = next(http.get_parser(self.cfg, iter([come[:end]]), self.client))
            except (NoMoreData, StopIteration):
                return None
            self.length = length(head)
            self.missing = max(0, self.length - len(come) + end)
            self.head = head
        return self.head

    def take_head(self):
        """Whoever answered it is done with it; what stays is what comes after it."""
        _head, _end, rest = self.gathered.take_buffered().partition(END_OF_HEAD)
        self.gathered.add(rest)
        self.begin()

    def forget(self, sent):
        """So many bytes have gone."""
        while self.unsent and sent >= len(self.unsent[0]):
            sent -= len(self.unsent.pop(0))
        if self.unsent:
            self.unsent[0] = self.unsent[0][sent:]

    def begin(self):
        """Another request comes after one that was answered."""
        self.gathered.forget_rest()
        self.head, self.length, self.missing = None, 0, 0

    def close(self, graceful=False):
        self.gathered.forget_rest()
        super().close(graceful)


def length(head):
    """Bytes of the body that a request announces. Raises Refused."""
    said = dict(head.headers)
    # Browsers always know. Of anybody else nobody could say when it has all come.
    if "TRANSFER-ENCODING" in said:
        raise Refused("411 Length Required")
    bytes_of_body = int(said.get("CONTENT-LENGTH", 0))
    if bytes_of_body > LONGEST_BODY:
        raise Refused("413 Content Too Large")
    return bytes_of_body


class Gathered(SocketUnreader):
    """What has come and nobody has read: as much as may stay in memory, the rest in a file without a name."""

    rest = None

    def add(self, data):
        """Of a body add no more than is missing: what comes after the rest of it would be lost. Raises OSError where
        there is no room for it."""
        if self.rest is None and self.buf.getbuffer().nbytes + len(data) > LONGEST_HEAD + IN_MEMORY:
            self.rest = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as the request lasts
        if self.rest is not None:
            self.rest.write(data)
            self.rest.flush()
            return
        self.buf.seek(0, 2)
        self.buf.write(data)

    def rewind(self):
        """All of it has come: the rest can be read."""
        if self.rest is not None:
            self.rest.seek(0)

    def chunk(self, size_hint=None):
        data = self.rest.read(max(self.mxchunk, size_hint or 0)) if self.rest is not None else b""
        return data or super().chunk(size_hint)

    def forget_rest(self):
        if self.rest is not None:
            with suppress(OSError):
                self.rest.close()
            self.rest = None


class Line:
    """Connections in the order in which they are given up. Does what gunicorn asks of a deque, and each at any length
    in the same time."""

    def __init__(self):
        self._standing = OrderedDict()

    def append(self, connection):
        self._standing[connection] = None
        self._standing.move_to_end(connection)

    def discard(self, connection):
        self._standing.pop(connection, None)

    def popleft(self):
        return self._standing.popitem(last=False)[0]

    def __getitem__(self, first):
        """Nobody asks for anyone but the first."""
        return next(iter(self._standing))

    def __len__(self):
        return len(self._standing)

    def __iter__(self):
        return iter(self._standing)

    def __contains__(self, connection):
        return connection in self._standing
