"""How long the site takes for one request when nobody else asks: `python -m tests.bench.alone`, with DATA_DIR naming a
site's folder. Prints as JSON {what: [seconds, seconds that the processor computed]}, each the median of several. Cold
is what is made first after a release; searches and filters have the session cards that were rendered since.
"""

import json
import time
from io import BytesIO
from statistics import median
from wsgiref.util import setup_testing_defaults

from django.core.cache import caches

from conference.wsgi import application
from sessions.releases import current

REPEATS = 5
UNCACHED_QUERY = "by=none"


def select_requests():
    """Paths and queries by what they are."""
    session = current.get_programme().sessions[0]
    speaker = session.participations[0].speaker
    return {
        "cold agenda": ("/programme/", UNCACHED_QUERY),
        "cold agenda, Vietnamese": ("/vi/programme/", UNCACHED_QUERY),
        "cold day": ("/programme/2020-12-07/", UNCACHED_QUERY),
        "cold programme.ics": ("/programme.ics", UNCACHED_QUERY),
        "search that finds nothing": ("/programme/", "q=xyzzy"),
        "search that finds one speaker's sessions": (
            "/programme/",
            f"q={speaker.name.by_language['en'].replace(' ', '+')}",
        ),
        "search that finds nearly all": ("/programme/", "q=peace"),
        "filter by room": ("/programme/", f"room=room-1&{UNCACHED_QUERY}"),
        "filter by theme, room and kind": ("/programme/", f"theme=theme-1&room=room-1&kind=plenary&{UNCACHED_QUERY}"),
        "search among speakers": ("/speakers/", f"q={speaker.name.by_language['en'].replace(' ', '+')}"),
    }


def measure_request(path, query):
    return [median(values) for values in zip(*(call_application(path, query) for _time in range(REPEATS)), strict=True)]


def measure_uncached_request(path, query):
    taken = []
    for _time in range(REPEATS):
        current.polled_programme.clear()
        caches["template_fragments"].clear()
        current.get_programme()
        taken.append(call_application(path, query))
    return [median(values) for values in zip(*taken, strict=True)]


def call_application(path, query):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1"}
    environ |= {"HTTP_ACCEPT_ENCODING": "br", "wsgi.input": BytesIO()}
    setup_testing_defaults(environ)
    told = []
    begun, computed = time.perf_counter(), time.process_time()
    answer = application(environ, lambda status, headers: told.append(status))
    b"".join(answer)
    taken = time.perf_counter() - begun, time.process_time() - computed
    getattr(answer, "close", lambda: None)()
    assert told == ["200 OK"], (path, query, told)
    return taken


if __name__ == "__main__":
    # Whatever is read once after a start has been.
    for where in select_requests().values():
        call_application(*where)
    measured = {
        what: (measure_uncached_request if what.startswith("cold") else measure_request)(*where)
        for what, where in select_requests().items()
    }
    print(json.dumps(measured))
