"""How long the site takes for one request when nobody else asks: `python -m tests.bench.alone`, with VAR_DIR naming a
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
from sessions import current

TIMES = 5
NOBODY_KEEPS_IT = "by=none"


def asked_for():
    """Paths and queries by what they are."""
    session = current.programme().sessions[0]
    speaker = session.parts[0].speaker
    return {
        "cold agenda": ("/programme/", NOBODY_KEEPS_IT),
        "cold agenda, Vietnamese": ("/vi/programme/", NOBODY_KEEPS_IT),
        "cold day": ("/programme/2020-12-07/", NOBODY_KEEPS_IT),
        "cold programme.ics": ("/programme.ics", NOBODY_KEEPS_IT),
        "search that finds nothing": ("/programme/", "q=xyzzy"),
        "search that finds one speaker's sessions": (
            "/programme/",
            f"q={speaker.name.by_language['en'].replace(' ', '+')}",
        ),
        "search that finds nearly all": ("/programme/", "q=peace"),
        "filter by room": ("/programme/", f"room=room-1&{NOBODY_KEEPS_IT}"),
        "filter by theme, room and kind": ("/programme/", f"theme=theme-1&room=room-1&kind=plenary&{NOBODY_KEEPS_IT}"),
        "search among speakers": ("/speakers/", f"q={speaker.name.by_language['en'].replace(' ', '+')}"),
    }


def seconds(path, query):
    return [median(values) for values in zip(*(once(path, query) for _time in range(TIMES)), strict=True)]


def seconds_cold(path, query):
    taken = []
    for _time in range(TIMES):
        current.published.forget()
        caches["template_fragments"].clear()
        current.programme()
        taken.append(once(path, query))
    return [median(values) for values in zip(*taken, strict=True)]


def once(path, query):
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
    for where in asked_for().values():
        once(*where)
    measured = {
        what: (seconds_cold if what.startswith("cold") else seconds)(*where) for what, where in asked_for().items()
    }
    print(json.dumps(measured))
