"""A TCP proxy that can refuse connections, drop them, or leave them without an answer."""

import socket
import threading
from contextlib import suppress

# Seconds that nothing is forwarded at most, so that no thread stays behind.
PATIENCE = 60


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
        """Drop all connections, and each new one at once."""
        self.is_refusing = True
        self.drop()

    def hang(self) -> None:
        """Go on accepting connections and forward nothing."""
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
                near = self.listener.accept()[0]
            except OSError:
                return
            if self.is_refusing:
                near.close()
                continue
            far = socket.create_connection(self.upstream)
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(source, target), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._forwards.wait(PATIENCE)
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()
