"""An SMTP server in a thread, whose failures tests configure."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GREETING = "220 mail.example"


class FakeSMTPServer(socketserver.ThreadingTCPServer):
    """The part of SMTP (RFC 5321) that Django uses.

    replies is {command: reply} for replies other than success; the command "." is the end of a message, and the reply
    None closes the connection. While is_hanging the server accepts connections but never replies.
    """

    allow_reuse_address, daemon_threads = True, True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SMTPHandler)
        self.port = self.server_address[1]
        self.replies, self.messages, self.connections = {}, [], 0
        self.is_hanging, self.released = False, threading.Event()

    def handle_error(self, request, client_address):
        """Ignore clients that disconnect, which some tests provoke."""


class SMTPHandler(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        if self.server.is_hanging:
            self.server.released.wait(30)
            return
        self.reply(self.server.replies.get("CONNECT", GREETING))
        while line := self.rfile.readline():
            command = line.split(b":")[0].split()[0].decode().upper()
            if not self.handle_command(command):
                return

    def handle_command(self, command):
        """Return whether the connection stays open."""
        if command == "DATA" and "DATA" not in self.server.replies:
            self.reply("354 go on")
            message = self.read_message()
            # A message without a reply counts as received: the sender cannot know.
            if str(self.server.replies.get(".", "250")).startswith(("250", "None")):
                self.server.messages.append(message)
            command = "."
        reply = self.server.replies.get(command, "221 bye" if command == "QUIT" else "250 yes")
        if reply is not None:
            self.reply(reply)
        return reply is not None and command != "QUIT"

    def read_message(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def reply(self, text):
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def run_smtp_server() -> Iterator[FakeSMTPServer]:
    with FakeSMTPServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()
