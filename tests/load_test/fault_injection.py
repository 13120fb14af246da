"""Kills of processes with SIGKILL, and the time until the site responds again."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time

from tests.benchmarks.load_generator import fetch

from .attendees import AttendeeThreads
from .environment import ROOT

# Seconds after which the site counts as down.
MAX_DOWNTIME = 60


class EmailWorkerProcess:
    """The process of `manage.py send_emails`, restarted after each kill as by a process manager."""

    def __init__(self, variables: dict[str, str], log):
        self.variables, self.log, self.kills = variables, log, 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "manage.py", "send_emails"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.variables, stdout=self.log, stderr=self.log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.kills += 1
        self.start()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


def kill_repeatedly(server, email_worker: EmailWorkerProcess, threads: AttendeeThreads, kills: int, seed: int):
    """Kill one worker and all workers in turn, and return the recovery time after each kill in seconds.

    The kills are spread over the registrations, so that some are always in progress.
    """
    generator, recovery_times = random.Random(seed), []
    for number in range(1, kills + 1):
        share = number / (kills + 1)
        while threads.count_acknowledged() < share * len(threads.attendees) and not threads.is_finished():
            time.sleep(0.01)
        time.sleep(generator.uniform(0, 0.3))
        workers = server.workers
        killed_at = time.monotonic()
        for pid in [generator.choice(workers)] if number % 2 else workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        recovery_times.append(measure_recovery(server, threads, killed_at))
        email_worker.kill()
    return recovery_times


def measure_recovery(server, threads: AttendeeThreads, killed_at: float) -> float:
    """Return the seconds from a kill to the first response to a request that was started after it."""
    probes: list[float] = []
    threading.Thread(target=probe, args=(server, probes), daemon=True).start()
    while time.monotonic() < killed_at + MAX_DOWNTIME:
        responses = [attempt.ended for attempt in threads.attempts() if attempt.started > killed_at and attempt.status]
        if responses or probes:
            return min(responses + probes) - killed_at
        time.sleep(0.02)
    return MAX_DOWNTIME


def probe(server, times: list[float]) -> None:
    """Request /readyz until it responds. This covers the case that no attendee sends a request."""
    deadline = time.monotonic() + MAX_DOWNTIME
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if fetch(server.address + "/readyz")[0] == 200:
                times.append(time.monotonic())
                return
        time.sleep(0.05)
