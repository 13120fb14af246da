"""Local server of quickstart: gunicorn with deploy/gunicorn.conf.py on a socket that is already open."""

import errno
import os
import signal
import socket
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import connections
from gunicorn.app.base import Application
from gunicorn.workers.base import Worker

from conference.core.polling import PolledValue

HOST = "127.0.0.1"


class PortInUseError(Exception):
    """Another program listens on the port."""


def bind_socket(port: int) -> socket.socket:
    """Return a socket that listens on this port of the loopback interface. Raises PortInUseError, OSError."""
    listener = socket.socket()
    # Allow the port while connections of a stopped server are in TIME_WAIT.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        # Reserve the port during the set-up.
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError from None
        raise
    return listener


def run_server(listener: socket.socket) -> None:
    """Serve the site until a signal stops it. Raises SystemExit, with status 0 after Ctrl-C."""
    # Forked workers must open their own connections and load the current data.
    connections.close_all()
    PolledValue.clear_all()
    GunicornApplication(listener.detach()).run()


class GunicornApplication(Application):
    """gunicorn with the settings of a deployment, except for the socket."""

    def __init__(self, socket_fd: int) -> None:
        self.socket_fd = socket_fd
        super().__init__()

    def load_config(self) -> None:
        self.load_config_from_file(str(settings.BASE_DIR / "deploy" / "gunicorn.conf.py"))
        self.cfg.set("bind", f"fd://{self.socket_fd}")
        self.cfg.set("loglevel", "warning")
        self.cfg.set("post_worker_init", init_worker)
        # A worker that is still starting ignores SIGINT, so do not wait for it for long.
        self.cfg.set("graceful_timeout", 3)

    def load(self) -> Any:
        from conference.wsgi import application

        return application


def init_worker(worker: Worker) -> None:
    """Set up a worker process: prompt exit on signals, and a thread that sends e-mails."""
    exit_promptly_on_signal(worker)
    from conference.mail import sender

    threading.Thread(target=sender.run_worker, args=[sender.StopSignal()], name="email-worker", daemon=True).start()


def exit_promptly_on_signal(worker: Worker) -> None:
    """Exit one second after SIGINT or SIGQUIT: running requests may finish, idle connections are dropped.

    The timer starts before gunicorn's handler, which may wait for a lock that the interrupted thread holds.
    """

    def handle_signal(number: int, frame: FrameType | None) -> None:
        timer = threading.Timer(1, os._exit, [0])
        timer.daemon = True
        timer.start()
        worker.handle_quit(number, frame)

    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, handle_signal)
