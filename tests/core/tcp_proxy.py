"""A TCP proxy that can refuse connections, close them, or forward nothing."""

import socket
import threading
from contextlib import suppress

# Longest pause of forwarding, in seconds, so that every thread ends.
MAX_PAUSE = 60


class TCPProxy:
    """Listen on a free port of this machine and forward to another address, until closed."""

    def __init__(self, host: str, port: int):
        self.upstream = host, port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_refusing = False
        self._forwards = threading.Event()
        self._forwards.set()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "TCPProxy":
        return self

    def __exit__(self, *exception: object) -> None:
        self.resume()
        # Closing alone would not wake the thread that accepts.
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()

    def refuse(self) -> None:
        """Close all connections, and each new one immediately."""
        self.is_refusing = True
        self.drop()

    def hang(self) -> None:
        """Accept connections, but forward nothing."""
        self._forwards.clear()

    def resume(self) -> None:
        self.is_refusing = False
        self._forwards.set()

    def drop(self) -> None:
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            if self.is_refusing:
                client.close()
                continue
            server = socket.create_connection(self.upstream)
            self._open += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._forward, args=(source, target), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._forwards.wait(MAX_PAUSE)
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()
