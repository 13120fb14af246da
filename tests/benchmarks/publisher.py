"""An organizer who corrects a session and publishes it at the desk, again and again: `python -m tests.bench.organizer
ADDRESS SECONDS EVERY`, with DATA_DIR naming the site's folder. Prints a line when it begins and, as JSON, how many
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

from .attendees import make_session_key
from .sample_programme import edit_session

PUBLISH_URL = "/admin/programme/release/publish/"


def publish_repeatedly(address, length, every):
    key = make_session_key(User.objects.get(username=settings.ORGANIZER_EMAIL))
    print("begun", flush=True)
    begun, taken = time.monotonic(), []
    while len(taken) * every < length:
        time.sleep(max(0, begun + len(taken) * every - time.monotonic()))
        # Other than what stood there, whatever that was.
        edit_session(time.time_ns())
        since = time.monotonic()
        publish_once(address, key)
        taken.append(time.monotonic() - since)
    return taken


def publish_once(address, key):
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    own = {"Cookie": f"sessionid={key}"}
    connection.request("GET", PUBLISH_URL, headers=own)
    answer = connection.getresponse()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', answer.read().decode()))
    own["Cookie"] += "".join(f"; {one.partition(';')[0]}" for one in answer.headers.get_all("Set-Cookie", []))
    own |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": address}
    connection.request("POST", PUBLISH_URL, urlencode(hidden | {"note_en": "Doors.", "note_vi": "Cửa."}), own)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 302:
        raise SystemExit(f"It was not published: {answer.status}")


if __name__ == "__main__":
    print(json.dumps(publish_repeatedly(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))))
