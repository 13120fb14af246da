"""The figures as tables of Markdown, as they are printed and as they stand in README.md beside this."""

import datetime
import os
import platform
from importlib.metadata import version

from .load_generator import CONNECTIONS
from .measurements import cpu_ratio, median_run, throughput_ratio

BASELINES = ("bare", "Django")
SOFTWARE = ("Django", "gunicorn", "brotli", "whitenoise")


def describe_conditions(extent, generator):
    """Under what all of it was measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in SOFTWARE)
    print(f"{datetime.date.today()}, {processor_name()}, {os.cpu_count()} cores")
    print(f"Python {platform.python_version()}, {versions}")
    print(f"{generator}, {CONNECTIONS} connections, {background_load()}")
    print(f"medians of {extent.rounds} interleaved runs of {extent.length} s (cold: {extent.cold_length} s)")
    print("after a warm-up of 2 s for each server, and 12 requests for each page; HEAD is asked by threads of Python\n")


def processor_name():
    with open("/proc/cpuinfo") as file:
        return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "?")


def background_load():
    return f"{os.getloadavg()[0]:.1f} processes ready to run before it began"


def warm_table(rows, databases, sizes):
    names = [*databases, "nginx"]
    heading(
        "Ready pages, requests a second (p50 / p99 in ms), and as part of the bare callable that returns as many bytes"
    )
    columns = ["page", "sessions", "bytes", *BASELINES, *names, *(f"{name} : bare" for name in names)]
    columns += ["computed : bare’s", "failed"]
    markdown_table(columns, [warm_row(row, names) for row in rows])
    heading(f"From {sizes[0]} to {sizes[-1]} sessions: ratio to bare with as many bytes, large by small (1 is flat)")
    by_kind = {(row.kind.name, row.sessions): row for row in rows}
    kinds = dict.fromkeys(row.kind.name for row in rows)
    markdown_table(["page", *databases], [[kind, *growth_row(kind, by_kind, databases, sizes)] for kind in kinds])


def warm_row(row, names):
    runs, bare = row.runs, row.runs["bare"]
    first = runs[names[0]]
    failed = sum(median_run(all_runs).failed for all_runs in runs.values())
    return [
        row.kind.name,
        row.sessions,
        row.bytes,
        *(format_run(runs.get(name)) for name in (*BASELINES, *names)),
        *(f"{throughput_ratio(runs[name], bare):.2f}" if name in runs else "" for name in names),
        f"{cpu_ratio(first, bare):.2f}",
        failed,
    ]


def growth_row(kind, by_kind, databases, sizes):
    for database in databases:
        small, large = (by_kind[kind, size].runs for size in (sizes[0], sizes[-1]))
        yield f"{throughput_ratio(large[database], large['bare']) / throughput_ratio(small[database], small['bare']):.2f}"


def format_run(runs):
    if not runs:
        return ""
    run = median_run(runs)
    if not run.per_second:
        return "none was ready in time"
    return f"{run.per_second:,.{0 if run.per_second >= 10 else 1}f} ({run.p50 * 1000:.1f} / {run.p99 * 1000:.1f})"


def cold_table(rows, sizes):
    heading("The same made anew for each request, 2 connections: requests a second (p50 / p99 in ms)")
    kinds = dict.fromkeys(kind for kind, _sessions in rows)
    markdown_table(
        ["page", *(f"{size} sessions" for size in sizes)],
        [[k, *(format_run(rows[k, n]) for n in sizes)] for k in kinds],
    )


def weight_table(found):
    heading("First visit, 60 sessions: what a browser fetches to show the page")
    markdown_table(
        ["page", "requests", "kB"], [[path, number, f"{size / 1000:.1f}"] for path, (number, size) in found.items()]
    )


def startup_table(found):
    heading("Start: from the command to the first answer")
    markdown_table(["site", "seconds"], [[format_site(where), f"{seconds:.2f}"] for where, seconds in found.items()])


def single_request_table(where, published, taken):
    """taken is {what: (seconds, seconds computed)}."""
    heading(f"Nobody else asking, {format_site(where)}: ms of the clock and of the processor")
    rows = [["publish", f"{sorted(published)[len(published) // 2] * 1000:.0f}", ""]]
    rows += [[what, f"{clock * 1000:.1f}", f"{computed * 1000:.1f}"] for what, (clock, computed) in taken.items()]
    markdown_table(["what", "clock", "processor"], rows)


def memory_table(sessions, before, after, number, served):
    heading(f"Memory of a worker, {sessions} sessions in two languages, MB")
    columns = ["pages asked for, each in three codings", "their bytes", "before", "after"]
    markdown_table(columns, [[number, f"{served / 1e6:.0f}", f"{before / 1e6:.0f}", f"{after / 1e6:.0f}"]])


def registration_table(where, runs):
    """runs are (Rush, what the database says by then), one after the other."""
    heading(f"Whole registrations, 32 people at a time, {format_site(where)}")
    columns = ["a second", "p50, ms", "p99, ms", "computed by workers for each, ms", "refused", "confirmed", "letters"]
    rows = []
    for result, counted in runs:
        times = (result.p50, result.p99, result.worker_seconds)
        figures = [f"{result.per_second:.1f}", *(f"{seconds * 1000:.0f}" for seconds in times)]
        rows.append([*figures, result.refused, counted["confirmed"], counted["letters"]])
    markdown_table(columns, rows)


def mixed_load_table(where, seen):
    """seen are {who answers: Together}, in medians."""
    heading(
        f"Ready pages while 20 people a second register and an organizer publishes every 10 seconds, {format_site(where)}"
    )
    columns = ["answered by", "page", "a second", "p50, ms", "p99, ms", "p99 : p50", "failed"]
    rows = [
        [name, path, f"{run.per_second:,.0f}", *wait_time_table(run), f"{run.p99 / run.p50:.1f}", run.failed]
        for name, found in seen.items()
        for path, run in found.runs.items()
    ]
    markdown_table(columns, rows)
    heading("Those people meanwhile, and the organizer, from opening the page that shows what will change: ms")
    columns = ["answered by", "registered", "p50", "p99", "refused", "published", "slowest"]
    rows = [
        [
            name,
            found.registered,
            *wait_time_table(found),
            found.refused,
            len(found.published),
            f"{max(found.published) * 1000:.0f}",
        ]
        for name, found in seen.items()
    ]
    markdown_table(columns, rows)


def wait_time_table(found):
    return f"{found.p50 * 1000:.2f}", f"{found.p99 * 1000:.2f}"


def format_site(where):
    database, sessions = where
    return f"{database}, {sessions} sessions"


def heading(text):
    print(f"\n### {text}\n")


def markdown_table(columns, rows):
    for row in (columns, ["---"] * len(columns), *rows):
        print("| " + " | ".join(map(str, row)) + " |", flush=True)
