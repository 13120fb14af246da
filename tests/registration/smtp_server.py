"""A mail server that can be told how to fail, in a thread of the tests."""

import socketserver
import threading
from contextlib import contextmanager

GREETING = "220 mail.example"


class FakeSMTPServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP (RFC 5321) as Django needs. answers is {command: what it says instead of yes}; the command
    "." is the end of a letter. None closes the line without a word. Where it hangs, it says nothing until it is let go.
    """

    allow_reuse_address, daemon_threads = True, True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SMTPHandler)
        self.port = self.server_address[1]
        self.answers, self.letters, self.lines = {}, [], 0
        self.hangs, self.let_go = False, threading.Event()

    def handle_error(self, request, client_address):
        """Whoever called has hung up, which is what some tests are about."""


class SMTPHandler(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.lines += 1
        if self.server.hangs:
            self.server.let_go.wait(30)
            return
        self.say(self.server.answers.get("CONNECT", GREETING))
        while line := self.rfile.readline():
            command = line.split(b":")[0].split()[0].decode().upper()
            if not self.take(command):
                return

    def take(self, command):
        """Whether the line stays open."""
        if command == "DATA" and "DATA" not in self.server.answers:
            self.say("354 go on")
            letter = self.letter()
            # Kept even where it then falls silent: that is the case in which nobody can know.
            if str(self.server.answers.get(".", "250")).startswith(("250", "None")):
                self.server.letters.append(letter)
            command = "."
        answer = self.server.answers.get(command, "221 bye" if command == "QUIT" else "250 yes")
        if answer is not None:
            self.say(answer)
        return answer is not None and command != "QUIT"

    def letter(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def say(self, answer):
        self.wfile.write(answer.encode() + b"\r\n")


@contextmanager
def run_smtp_server():
    with FakeSMTPServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.let_go.set()
            server.shutdown()
            thread.join()
