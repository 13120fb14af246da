"""The worker that deploy/gunicorn.conf.py names."""

import selectors
import socket
import time
from contextlib import suppress
from functools import lru_cache, partial

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.workers.gthread import ThreadWorker

from .connection import AT_ONCE, PATIENCE, Connection, Line, Refused
from .precedence import Precedence

ANSWER = "HTTP/1.1 {status}\r\nServer: gunicorn\r\nDate: {date}\r\nConnection: {connection}\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Worker(ThreadWorker):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Those who are between two requests, and those with whom something is under way.
        self.keepalived_conns, self.pending_conns = Line(), Line()
        self.precedence = Precedence()

    def load_wsgi(self):
        super().load_wsgi()
        self.at_once = getattr(self.wsgi, "at_once", None)

    def wait_for_and_dispatch_events(self, timeout):
        super().wait_for_and_dispatch_events(timeout)
        self.precedence.weigh()

    def accept(self, listener):
        try:
            taken, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        try:
            connection = Connection(self.cfg, taken, client, listener.getsockname())
        except OSError:
            # Some systems let nothing be set on a connection that has been broken off already.
            taken.close()
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections and self.pending_conns:
            self._close(self.pending_conns[0])
        self._listen(connection, self.on_client_socket_readable)
        self._put(self.pending_conns, connection, PATIENCE)
        self.on_client_socket_readable(connection, taken)

    def on_client_socket_readable(self, connection, taken):
        data = self._come(connection, min(connection.missing or AT_ONCE, AT_ONCE))
        if not data:
            return
        try:
            connection.gather(data)
        except OSError:
            self._refuse(connection, "507 Insufficient Storage")
            return
        self._go_on(connection)

    def finish_request(self, connection, future):
        """A thread has done with it."""
        goes_on = not future.cancelled() and not future.exception() and future.result()
        if connection.sock.fileno() < 0:
            self.nr_conns -= 1
            return
        connection.sock.setblocking(False)
        connection.begin()
        if goes_on:
            self._listen(connection, self.on_client_socket_readable)
            self._go_on(connection)
        else:
            self._part(connection)

    def _cap_keepalive(self, deadline):
        super()._cap_keepalive(deadline)
        for connection in self.pending_conns:
            connection.timeout = min(connection.timeout, deadline)

    def _go_on(self, connection):
        """With what has come: answer it, give it to a thread, or wait for more."""
        while connection.has_begun:
            is_new = connection.head is None
            try:
                request = connection.read_head()
            except Refused as refused:
                self._refuse(connection, refused.status)
                return
            except Exception:
                # A thread meets it as well, and gunicorn says what is wrong.
                self._hand_over(connection)
                return
            if request is None:
                # What has come of a head gives no more time for the rest of it; of a body, it does.
                if connection not in self.pending_conns:
                    self._put(self.pending_conns, connection, PATIENCE)
                return
            if connection.missing:
                if is_new and "EXPECT" in dict(request.headers):
                    with suppress(OSError):
                        connection.sock.send(CONTINUE)
                self._put(self.pending_conns, connection, PATIENCE)
                return
            answer = self._ready(connection, request)
            if answer is None:
                self._hand_over(connection)
                return
            if not self._give(connection, request, *answer):
                return
        self._put(self.keepalived_conns, connection, self.cfg.keepalive)

    def _ready(self, connection, request):
        """Status, lines of headers and body, in bytes, where the application has them ready; else None."""
        is_plain = request.method in ("GET", "HEAD") and request.version == (1, 1) and not connection.length
        if not is_plain or self.at_once is None:
            return None
        try:
            _response, environ = wsgi.create(request, connection.sock, connection.client, connection.server, self.cfg)
            return self.at_once(environ)
        except Exception:
            # As above.
            return None

    def _give(self, connection, request, status, headers, body):
        """Whether all of it has gone, and the connection is there for another request."""
        has_room = len(self.keepalived_conns) < self.max_keepalived
        connection.goes_on = bool(self.alive and self.cfg.keepalive and has_room and not request.should_close())
        how = "keep-alive" if connection.goes_on else "close"
        head = ANSWER.format(status=status, date=date(int(time.time())), connection=how).encode()
        connection.take_head()
        connection.unsent = [memoryview(head + headers + b"\r\n"), memoryview(body)]
        return self._send(connection)

    def _refuse(self, connection, status):
        connection.goes_on = False
        head = ANSWER.format(status=status, date=date(int(time.time())), connection="close")
        head += f"Content-Type: text/plain\r\nContent-Length: {len(status)}\r\n\r\n{status}"
        connection.unsent = [memoryview(head.encode())]
        self._send(connection)

    def _send(self, connection):
        """What has not gone yet. Whether all of it has now, and the connection is there for another request."""
        try:
            connection.forget(connection.sock.sendmsg(connection.unsent))
        except BlockingIOError:
            pass
        except OSError:
            self._close(connection)
            return False
        if connection.unsent:
            self._listen(connection, self._on_client_socket_writable, selectors.EVENT_WRITE)
            self._put(self.pending_conns, connection, PATIENCE)
            return False
        if not connection.goes_on:
            self._part(connection)
        return connection.goes_on

    def _on_client_socket_writable(self, connection, taken):
        if self._send(connection):
            self._listen(connection, self.on_client_socket_readable)
            self._go_on(connection)

    def _hand_over(self, connection):
        self._let_go(connection)
        connection.gathered.rewind()
        self.enqueue_req(connection)

    def _part(self, connection):
        """Say that nothing more comes, and wait until the visitor has seen that (RFC 9112, 9.6), for a while."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)
            return
        self._listen(connection, self._drain)
        self._put(self.pending_conns, connection, PATIENCE)

    def _drain(self, connection, taken):
        self._come(connection, AT_ONCE)

    def _come(self, connection, most):
        """What has come, so many bytes at most; nothing where nothing has, or where nothing more will: then it ends."""
        try:
            data = connection.sock.recv(most)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._close(connection)
        return data

    def _close(self, connection):
        if connection.sock.fileno() < 0:
            # Somebody else had to make room, and something came of this one in the same moment.
            return
        self._let_go(connection)
        self.nr_conns -= 1
        connection.close()

    def _listen(self, connection, tell, event=selectors.EVENT_READ):
        change = self.poller.modify if connection.sock in self.poller.get_map() else self.poller.register
        change(connection.sock, event, partial(tell, connection))

    def _let_go(self, connection):
        self.keepalived_conns.discard(connection)
        self.pending_conns.discard(connection)
        with suppress(KeyError):
            self.poller.unregister(connection.sock)

    def _put(self, line, connection, seconds):
        """Into a line, and out of the other one; whoever stands there for so many seconds is let go."""
        (self.pending_conns if line is self.keepalived_conns else self.keepalived_conns).discard(connection)
        connection.timeout = time.monotonic() + seconds
        line.append(connection)


@lru_cache(maxsize=1)
def date(second):
    """A moment in seconds since 1970 as headers say it."""
    return util.http_date(second)
