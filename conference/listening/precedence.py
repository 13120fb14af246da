"""Who computes first."""

import os
from time import monotonic, thread_time

# Seconds, and the part of them in which whoever goes before all others may compute at most.
WHILE, MOST = 0.1, 0.5


class Precedence:
    """The thread that listens goes before everything else on its processor, for as long as that takes little of it:
    with much to hand out, it takes turns with those who make pages, and with the database.

    Only where the system lets it: root may, and whoever was given real-time priority 1 (ulimit -r 1, LimitRTPRIO=1).
    """

    def __init__(self):
        self.is_allowed = hasattr(os, "SCHED_RESET_ON_FORK")
        self.is_first = False
        self.since, self.computed = 0, 0

    def weigh(self):
        """Said by the thread itself, often."""
        now = monotonic()
        if now < self.since + WHILE or not self.is_allowed:
            return
        computed = thread_time()
        share = (computed - self.computed) / (now - self.since)
        self.since, self.computed = now, computed
        if self.is_first != (share < MOST):
            self._go(first=not self.is_first)

    def _go(self, *, first):
        # Threads that it starts are as others.
        policy, priority = (os.SCHED_RR | os.SCHED_RESET_ON_FORK, 1) if first else (os.SCHED_OTHER, 0)
        try:
            os.sched_setscheduler(0, policy, os.sched_param(priority))
        except OSError:
            self.is_allowed = False
        else:
            self.is_first = first
