"""Health check of the image: `python deploy/healthcheck.py /readyz` exits with status 0 if that URL answers 200.

The request has the headers of the proxy, because the site refuses unknown hosts and redirects plain HTTP.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit


def main(path: str) -> int:
    """Return the exit status."""
    site = urlsplit(os.environ.get("SITE_URL", "http://127.0.0.1:8000"))
    port = os.environ.get("GUNICORN_BIND", "127.0.0.1:8000").rpartition(":")[2]
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=4)
    try:
        connection.request("GET", path, headers={"Host": site.netloc, "X-Forwarded-Proto": site.scheme})
        status = connection.getresponse().status
    except OSError as error:
        print(f"{path}: {error}")
        return 1
    print(f"{path}: {status}")
    return 0 if status == http.client.OK else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
