"""An organizer who corrects a session and publishes it at the desk, again and again: `python -m tests.bench.organizer
ADDRESS SECONDS EVERY`, with VAR_DIR naming the site's folder. Prints a line when it begins and, as JSON, how many
seconds each publishing took, from opening the page that shows what will change to being led on.
"""

import http.client
import json
import re
import sys
import time
from urllib.parse import urlencode, urlsplit

import django

# Django's settings come first, before what can be imported only with them.
# ruff: noqa: E402
django.setup()

from django.conf import settings
from django.contrib.auth.models import User

from .people import session_of
from .programme import edit

PAGE = "/admin/programme/release/publish/"


def publish_again_and_again(address, length, every):
    key = session_of(User.objects.get(username=settings.ORGANIZER_EMAIL))
    print("begun", flush=True)
    begun, taken = time.monotonic(), []
    while len(taken) * every < length:
        time.sleep(max(0, begun + len(taken) * every - time.monotonic()))
        # Other than what stood there, whatever that was.
        edit(time.time_ns())
        since = time.monotonic()
        _publish(address, key)
        taken.append(time.monotonic() - since)
    return taken


def _publish(address, key):
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    own = {"Cookie": f"sessionid={key}"}
    connection.request("GET", PAGE, headers=own)
    answer = connection.getresponse()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', answer.read().decode()))
    own["Cookie"] += "".join(f"; {one.partition(';')[0]}" for one in answer.headers.get_all("Set-Cookie", []))
    own |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": address}
    connection.request("POST", PAGE, urlencode(hidden | {"note_en": "Doors.", "note_vi": "Cửa."}), own)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 302:
        raise SystemExit(f"It was not published: {answer.status}")


if __name__ == "__main__":
    print(json.dumps(publish_again_and_again(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))))
