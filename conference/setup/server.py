"""Serving the site on this machine: one socket of its own, and gunicorn as deploy/gunicorn.conf.py sets it up."""

import errno
import os
import signal
import socket
import threading

from django.conf import settings
from django.db import connections
from gunicorn.app.base import Application

from conference.core.polling import PolledValue

HOST = "127.0.0.1"


class PortInUseError(Exception):
    """Somebody else listens there already."""


def bind_socket(port):
    """A socket that listens at this port of this machine alone. Raises PortTaken, OSError."""
    listener = socket.socket()
    # A server that has just stopped leaves connections that wait for their last packets; they do not matter.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        # At once, so that nobody else can take the port while the site is still being prepared.
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError from None
        raise
    return listener


def run_server(listener):
    """Answer at this socket until told to stop; ends with SystemExit, 0 after Ctrl-C."""
    # Workers are forked from here, some much later: each makes its own connections and reads what is published then.
    connections.close_all()
    PolledValue.clear_all()
    GunicornApplication(listener.detach()).run()


class GunicornApplication(Application):
    """gunicorn with the settings file of any deployment, but a socket that is open already."""

    def __init__(self, socket_number):
        self.socket_number = socket_number
        super().__init__()

    def load_config(self):
        self.load_config_from_file(str(settings.BASE_DIR / "deploy" / "gunicorn.conf.py"))
        self.cfg.set("bind", f"fd://{self.socket_number}")
        self.cfg.set("loglevel", "warning")
        self.cfg.set("post_worker_init", init_worker)
        # A worker that is still starting hears no Ctrl-C.
        self.cfg.set("graceful_timeout", 3)

    def load(self):
        from conference.wsgi import application

        return application


def init_worker(worker):
    """What each process that answers does besides: it leaves when it is told to, and sends letters."""
    exit_promptly_on_signal(worker)
    from conference.mail import sender

    threading.Thread(target=sender.run_worker, args=[sender.StopSignal()], name="letters", daemon=True).start()


def exit_promptly_on_signal(worker):
    """After Ctrl-C, what is being answered may finish; a browser that only holds a connection is not waited for.

    The clock starts before gunicorn's own handler: that one waits for a lock which the thread it interrupts may hold.
    """

    def leave(number, frame):
        timer = threading.Timer(1, os._exit, [0])
        timer.daemon = True
        timer.start()
        worker.handle_quit(number, frame)

    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, leave)
