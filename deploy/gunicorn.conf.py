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
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
# Each thread keeps its own database connection: two workers need at most 40 of PostgreSQL's default 100.
threads = 20
# The application is loaded once and shared by the forked workers. New code takes a restart: HUP does not reload it.
preload_app = True

# Seconds: replace a stuck worker, let a stopping worker finish its requests, close an idle connection.
timeout = 30
graceful_timeout = 20
keepalive = 5
# Restart each worker after about this number of requests, to bound memory leaks. Jitter spreads the restarts.
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
