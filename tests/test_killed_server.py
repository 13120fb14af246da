"""An upload during which the server is killed: the device sends it again, and nothing is lost or doubled."""

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import threading
import time

import pytest

from .benchmarks.check_in import DeviceClient, make_event
from .benchmarks.sites import create_site

PEOPLE, RECORDED_BEFORE_THE_KILL = 200, 5
TIMEOUT = 60
COUNT = "SELECT COUNT(*), COUNT(DISTINCT registration_id) FROM registration_checkin"


def count_check_ins(folder):
    with contextlib.closing(sqlite3.connect(folder / "conference.sqlite3", timeout=10)) as database:
        return database.execute(COUNT).fetchone()


def kill_workers_during(workers, folder):
    """Kill these workers as soon as some of the check-ins are recorded."""
    deadline = time.monotonic() + TIMEOUT
    with contextlib.closing(sqlite3.connect(folder / "conference.sqlite3", timeout=10)) as database:
        while database.execute(COUNT).fetchone()[0] < RECORDED_BEFORE_THE_KILL and time.monotonic() < deadline:
            pass
    for pid in workers:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_upload_repeated_after_the_server_was_killed_loses_and_doubles_nothing(tmp_path):
    folder = tmp_path / "site"
    site = create_site(folder, 1)
    people = json.loads(site.run("-m", "tests.benchmarks.people", str(PEOPLE)))
    events = [make_event(key) for key in people["registrations"]]
    with site.serve(workers=1) as server:
        client = DeviceClient(server.address, people["token"])
        killer = threading.Thread(target=kill_workers_during, args=(server.workers, folder))
        killer.start()
        with pytest.raises((http.client.HTTPException, OSError)):
            client.sync(events)
        client.connection.close()
        killer.join()
        assert 0 < count_check_ins(folder)[0] < PEOPLE
        client = DeviceClient(server.address, people["token"])
        results = json.loads(client.sync(events)[2])["results"]
        client.connection.close()
    assert [result["id"] for result in results] == [event["id"] for event in events]
    assert {result["verdict"] for result in results} == {"admit"}
    assert count_check_ins(folder) == (PEOPLE, PEOPLE)
