"""How gunicorn serves the site: `gunicorn -c deploy/gunicorn.conf.py conference.wsgi`. quickstart reads it too.

GUNICORN_BIND is an address or unix:/path; PORT alone listens at that port of every interface; WEB_CONCURRENCY is the
number of processes. It speaks no TLS: wherever strangers can reach it, put a proxy that does (nginx, or whatever the
host has) in front of it.
"""

import ctypes
import gc
import os
import sys

bind = os.environ.get("GUNICORN_BIND") or (
    f"0.0.0.0:{os.environ['PORT']}" if os.environ.get("PORT") else "127.0.0.1:8000"
)
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# Answers at once what is ready, before anything else computes where the system lets it (ulimit -r 1), and waits for
# slow visitors without a thread.
worker_class = "conference.listening.worker.Worker"
threads = 8
# Loaded once, then forked: a worker that dies is replaced at once. New code takes a restart, for HUP loads none.
preload_app = True

# The threads of a worker take turns. On several processors they hand over to each other across them, which takes longer
# than what they do: so each worker keeps to one, where the system knows how. And whoever has a page to make lets the
# one who only hands them out go first sooner than the interpreter's 5 ms.
processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
sys.setswitchinterval(0.0005)


def when_ready(server):
    """What is loaded by now stays for good: no worker has to look through it for garbage again, nor to copy it."""
    gc.collect()
    gc.freeze()


def pre_fork(server, worker):
    taken = [other.processor for other in server.WORKERS.values()]
    worker.processor = min(processors, key=taken.count, default=None)


def post_fork(server, worker):
    if worker.processor is not None:
        os.sched_setaffinity(0, {worker.processor})


# Seconds: a stuck worker is replaced, a stopping one may finish what it has begun, an idle connection is let go.
timeout = 30
graceful_timeout = 20
keepalive = 5

# Nothing here is longer than a shared agenda's address with every filter set; what is gets 400.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# Django decides whom to believe about scheme and client (TRUSTED_PROXIES). gunicorn would let any neighbour on this
# machine set SCRIPT_NAME by a header, and answers 500 where it does not fit the path.
secure_scheme_headers = {}
forwarder_headers = ""

# The proxy writes the access log; errors go to stderr.
accesslog = None

# A socket in the home directory by which other programs could steer the server: nobody here does.
control_socket_disable = True

# glibc gives each thread memory of its own to take from, and comes to keep large pieces instead of giving them back: a
# worker with a long programme would hold a quarter more. M_ARENA_MAX is -8, M_MMAP_THRESHOLD -3; other C libraries have
# no mallopt, and no need of it.
mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
if mallopt:
    mallopt(-8, 1)
    mallopt(-3, 128 * 1024)
