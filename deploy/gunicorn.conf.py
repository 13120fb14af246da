"""gunicorn settings: `gunicorn -c deploy/gunicorn.conf.py conference.wsgi`. quickstart uses them too.

GUNICORN_BIND is host:port or unix:/path; PORT alone binds that port on every interface; WEB_CONCURRENCY is the
number of processes. gunicorn neither terminates TLS nor buffers slow clients: put nginx (deploy/nginx.conf) or another
buffering proxy in front of it on a public network.
"""

import gc
import os

bind = os.environ.get("GUNICORN_BIND") or (
    f"0.0.0.0:{os.environ['PORT']}" if os.environ.get("PORT") else "127.0.0.1:8000"
)
# Processes use the cores, threads wait for the database. Two workers on two cores answered 5,848 cached pages and 32
# registrations a second (docs/performance.md). One worker for each core is enough behind nginx. Two are the least, so
# that one goes on while the other is replaced. A worker needs up to 173 MB, much of it shared.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# A stock worker: idle connections wait in one event loop and hold no thread.
worker_class = "gthread"
# At most 16 threads of a worker deal with the lock on places (SEAT_LOCK_THREADS); the others keep serving pages. Each
# thread keeps its own database connection: two workers need at most 44 of PostgreSQL's default 100, with polling and
# health checks.
threads = 20
# The application is loaded once and shared by the forked workers. New code takes a restart: HUP does not reload it.
preload_app = True
# The file for the heartbeats of a worker. In memory, so that a slow disk does not delay them.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn chooses a random name

# Seconds without a heartbeat before a worker is replaced. Only a process that hangs misses it, not a slow request.
# Longer than the limits of the database (10 s for a statement, 3 s for a lock), shorter than nginx waits (35 s).
timeout = 30
# Seconds for the requests of a stopping worker. Under full load 99 % of registrations took at most 1.7 s. systemd,
# Compose and Kubernetes wait 30 to 40 s before they kill the process.
graceful_timeout = 20
# Seconds before an idle connection is closed. nginx closes its own after 4, so it never uses one that is being closed.
keepalive = 5
# Restart each worker after about this number of requests, to bound memory leaks; none is known, so rarely: after
# a day with two requests a second, or after half a minute at full speed. Jitter spreads the restarts.
max_requests = 100_000
max_requests_jitter = 20_000

# The longest legitimate URL is a shared agenda with every filter set. Anything longer gets 400.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

# Django decides which proxy headers to trust (TRUSTED_PROXIES). By default gunicorn accepts the scheme and
# SCRIPT_NAME from any client on this machine, and answers 500 where SCRIPT_NAME does not match the path.
secure_scheme_headers = {}
forwarder_headers = ""

# The proxy writes the access log; errors go to stderr.
accesslog = None

# The control socket is not needed, and other local programs could control the server with it.
control_socket_disable = True


def when_ready(server):
    """Keep preloaded objects out of garbage collection, so that workers go on sharing their memory pages."""
    gc.collect()
    gc.freeze()
