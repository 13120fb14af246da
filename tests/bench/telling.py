"""The figures as tables of Markdown, as they are printed and as they stand in README.md beside this."""

import datetime
import os
import platform
from importlib.metadata import version

from .figures import middle, ratio, saved
from .load import CONNECTIONS

YARDSTICKS = ("bare", "Django")
SOFTWARE = ("Django", "gunicorn", "brotli", "whitenoise")


def conditions(extent, generator):
    """Under what all of it was measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in SOFTWARE)
    print(f"{datetime.date.today()}, {_processor()}, {os.cpu_count()} cores")
    print(f"Python {platform.python_version()}, {versions}")
    print(f"{generator}, {CONNECTIONS} connections, {_busy()}")
    print(f"medians of {extent.rounds} interleaved runs of {extent.length} s (cold: {extent.cold_length} s)")
    print("after a warm-up of 2 s for each server, and 12 requests for each page; HEAD is asked by threads of Python\n")


def _processor():
    with open("/proc/cpuinfo") as file:
        return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "?")


def _busy():
    return f"{os.getloadavg()[0]:.1f} processes ready to run before it began"


def warm(rows, databases, sizes):
    names = [*databases, "nginx"]
    _head(
        "Ready pages, requests a second (p50 / p99 in ms), and as part of the bare callable that returns as many bytes"
    )
    columns = ["page", "sessions", "bytes", *YARDSTICKS, *names, *(f"{name} : bare" for name in names)]
    columns += ["computed : bare’s", "failed"]
    _table(columns, [_warm(row, names) for row in rows])
    _head(f"From {sizes[0]} to {sizes[-1]} sessions: ratio to bare with as many bytes, large by small (1 is flat)")
    by_kind = {(row.kind.name, row.sessions): row for row in rows}
    kinds = dict.fromkeys(row.kind.name for row in rows)
    _table(["page", *databases], [[kind, *_growth(kind, by_kind, databases, sizes)] for kind in kinds])


def _warm(row, names):
    runs, bare = row.runs, row.runs["bare"]
    first = runs[names[0]]
    failed = sum(middle(all_runs).failed for all_runs in runs.values())
    return [
        row.kind.name,
        row.sessions,
        row.bytes,
        *(_run(runs.get(name)) for name in (*YARDSTICKS, *names)),
        *(f"{ratio(runs[name], bare):.2f}" if name in runs else "" for name in names),
        f"{saved(first, bare):.2f}",
        failed,
    ]


def _growth(kind, by_kind, databases, sizes):
    for database in databases:
        small, large = (by_kind[kind, size].runs for size in (sizes[0], sizes[-1]))
        yield f"{ratio(large[database], large['bare']) / ratio(small[database], small['bare']):.2f}"


def _run(runs):
    if not runs:
        return ""
    run = middle(runs)
    if not run.per_second:
        return "none was ready in time"
    return f"{run.per_second:,.{0 if run.per_second >= 10 else 1}f} ({run.p50 * 1000:.1f} / {run.p99 * 1000:.1f})"


def cold(rows, sizes):
    _head("The same made anew for each request, 2 connections: requests a second (p50 / p99 in ms)")
    kinds = dict.fromkeys(kind for kind, _sessions in rows)
    _table(["page", *(f"{size} sessions" for size in sizes)], [[k, *(_run(rows[k, n]) for n in sizes)] for k in kinds])


def weights(found):
    _head("First visit, 60 sessions: what a browser fetches to show the page")
    _table(["page", "requests", "kB"], [[path, number, f"{size / 1000:.1f}"] for path, (number, size) in found.items()])


def starts(found):
    _head("Start: from the command to the first answer")
    _table(["site", "seconds"], [[_site(where), f"{seconds:.2f}"] for where, seconds in found.items()])


def alone(where, published, taken):
    """taken is {what: (seconds, seconds computed)}."""
    _head(f"Nobody else asking, {_site(where)}: ms of the clock and of the processor")
    rows = [["publish", f"{sorted(published)[len(published) // 2] * 1000:.0f}", ""]]
    rows += [[what, f"{clock * 1000:.1f}", f"{computed * 1000:.1f}"] for what, (clock, computed) in taken.items()]
    _table(["what", "clock", "processor"], rows)


def memory(sessions, before, after, number, served):
    _head(f"Memory of a worker, {sessions} sessions in two languages, MB")
    columns = ["pages asked for, each in three codings", "their bytes", "before", "after"]
    _table(columns, [[number, f"{served / 1e6:.0f}", f"{before / 1e6:.0f}", f"{after / 1e6:.0f}"]])


def registering(where, runs):
    """runs are (Rush, what the database says by then), one after the other."""
    _head(f"Whole registrations, 32 people at a time, {_site(where)}")
    columns = ["a second", "p50, ms", "p99, ms", "computed by workers for each, ms", "refused", "confirmed", "letters"]
    rows = []
    for result, counted in runs:
        times = (result.p50, result.p99, result.worker_seconds)
        figures = [f"{result.per_second:.1f}", *(f"{seconds * 1000:.0f}" for seconds in times)]
        rows.append([*figures, result.refused, counted["confirmed"], counted["letters"]])
    _table(columns, rows)


def together(where, seen):
    """seen are {who answers: Together}, in medians."""
    _head(f"Ready pages while 20 people a second register and an organizer publishes every 10 seconds, {_site(where)}")
    columns = ["answered by", "page", "a second", "p50, ms", "p99, ms", "p99 : p50", "failed"]
    rows = [
        [name, path, f"{run.per_second:,.0f}", *_waited(run), f"{run.p99 / run.p50:.1f}", run.failed]
        for name, found in seen.items()
        for path, run in found.runs.items()
    ]
    _table(columns, rows)
    _head("Those people meanwhile, and the organizer, from opening the page that shows what will change: ms")
    columns = ["answered by", "registered", "p50", "p99", "refused", "published", "slowest"]
    rows = [
        [
            name,
            found.registered,
            *_waited(found),
            found.refused,
            len(found.published),
            f"{max(found.published) * 1000:.0f}",
        ]
        for name, found in seen.items()
    ]
    _table(columns, rows)


def _waited(found):
    return f"{found.p50 * 1000:.2f}", f"{found.p99 * 1000:.2f}"


def _site(where):
    database, sessions = where
    return f"{database}, {sessions} sessions"


def _head(text):
    print(f"\n### {text}\n")


def _table(columns, rows):
    for row in (columns, ["---"] * len(columns), *rows):
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
