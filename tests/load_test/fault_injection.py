"""What is killed (SIGKILL: nothing is tidied up), and how long it takes until somebody is answered again."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

from tests.benchmarks.load_generator import fetch

from .environment import ROOT

# Seconds after which nobody waits for an answer any more.
MAX_DOWNTIME = 60


class EmailWorkerProcess:
    """`manage.py worker`, kept running as whatever runs it on a server keeps it running."""

    def __init__(self, variables, log):
        self.variables, self.log, self.killed = variables, log, 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=ROOT, env=self.variables, stdout=self.log, stderr=self.log
        )

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.killed += 1
        self.start()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def kill_repeatedly(server, post, crowd, times, luck):
    """Seconds until an answer came after each kill: every second time one worker dies, else all at once. They are
    spread over those who register, so that there are always some whose request is just being answered."""
    seconds = []
    for number in range(1, times + 1):
        part = number / (times + 1)
        while crowd.acknowledged() < part * len(crowd.people) and not crowd.has_gone():
            time.sleep(0.01)
        time.sleep(luck.uniform(0, 0.3))
        workers = server.workers
        at = time.monotonic()
        for worker in [luck.choice(workers)] if number % 2 else workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        seconds.append(time_until_answered(server, crowd, at))
        post.kill()
    return seconds


def time_until_answered(server, crowd, at):
    """From the kill to the first answer to a request that was begun after it."""
    asked = threading.Thread(target=probe, args=(server, found := []), daemon=True)
    asked.start()
    while time.monotonic() < at + MAX_DOWNTIME:
        answers = [one.ended for one in crowd.tries() if one.began > at and one.status] + found
        if answers:
            return min(answers) - at
        time.sleep(0.02)
    return MAX_DOWNTIME


def probe(server, found):
    """Of whom nobody is left to ask."""
    ends_at = time.monotonic() + MAX_DOWNTIME
    while time.monotonic() < ends_at:
        with contextlib.suppress(OSError):
            if fetch(server.address + "/readyz")[0] == 200:
                found.append(time.monotonic())
                return
        time.sleep(0.05)
