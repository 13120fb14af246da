"""Command `python -m tests.benchmarks`: measure the site and print one table. `--quick` makes one short round."""

import argparse
import contextlib
import json
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .check_in import UPLOAD_SIZE, measure_check_in
from .load_generator import ENCODING_HEADERS, fetch, run_load, time_fetch
from .measurements import percentile, throughput_ratio
from .registrations import measure_registrations
from .servers import start_gunicorn, start_nginx
from .sites import create_site, postgresql_error, temporary_database
from .slow_clients import measure_latencies, slow_clients

PAGE = "/programme/2020-12-07/"
# `by` has no such value, so the page cache does not store the page.
COLD_AGENDA = "/programme/?by=none"
# The names of the sample speakers end in these numbers; each speaks in a few sessions.
RARE_WORDS = tuple(map(str, range(500, 509)))
# The texts of nearly all sample sessions contain these words.
COMMON_WORDS = ("peace", "mediation", "council", "climate", "police")
# Never cached, neither by the site nor by nginx.
UNCACHED_PATH = "/readyz"
ENCODINGS = ("br", "gzip", "identity")


@dataclass(frozen=True)
class Scope:
    rounds: int
    seconds: int
    sessions: int
    registrations: int
    people: int


FULL = Scope(rounds=5, seconds=2, sessions=900, registrations=600, people=10_000)
QUICK = Scope(rounds=1, seconds=1, sessions=900, registrations=60, people=1000)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the speed of the site.")
    parser.add_argument("--quick", action="store_true", help="one short round; the figures are rough")
    parser.add_argument("--check-in", action="store_true", help="measure check-in only")
    options = parser.parse_args()
    scope, measurements = QUICK if options.quick else FULL, measure_check_in_on if options.check_in else measure
    with tempfile.TemporaryDirectory(prefix="conference-benchmarks-") as folder:
        print_row("Measurement", "Result", "Target")
        for row in measurements(Path(folder), scope):
            print_row(*row)


def print_row(name, result, target):
    print(f"| {name:<58} | {result:>24} | {target:<14} |", flush=True)


def measure(folder, scope):
    """Yield (measurement, result, target)."""
    site = create_site(folder / "site", scope.sessions)
    with site.serve() as server, start_gunicorn("tests.benchmarks.bare_wsgi", folder) as bare:
        if shutil.which("wrk"):
            yield measure_gunicorn(server, bare, scope)
        else:
            yield "Cached page", "wrk is missing", ""
        if shutil.which("nginx"):
            yield from measure_nginx(server, folder, scope)
        else:
            yield "Behind nginx", "nginx is missing", ""
        yield measure_cold_agenda(server, scope)
        yield measure_search(server, RARE_WORDS, "few results", "< 100 ms")
        yield measure_search(server, COMMON_WORDS, "nearly all sessions", "")
    yield measure_memory(site)
    yield from measure_check_in_on(folder, scope)
    yield from measure_postgresql(folder, scope)


def measure_gunicorn(server, bare, scope):
    size = warm_up(server.address + PAGE)
    runs, bare_runs = [], []
    for _round in range(scope.rounds):
        runs.append(run_load(server.address + PAGE, scope.seconds))
        bare_runs.append(run_load(f"{bare.address}/{size}", scope.seconds))
    rate = median(run.per_second for run in runs)
    ratio = throughput_ratio(runs, bare_runs)
    return "Cached page from gunicorn, relative to a bare callable", f"{ratio:.2f} ({rate:,.0f}/s)", ">= 0.5"


def warm_up(url):
    """Fill the page cache of every worker and return the size of the compressed page."""
    for _request in range(20):
        _status, _headers, body = fetch(url, ENCODING_HEADERS)
    return len(body)


def measure_nginx(server, folder, scope):
    files = folder / "files"
    (files / "static").mkdir(parents=True)
    with start_nginx(server, folder, document_root=files) as nginx:
        size = warm_up(nginx.address + PAGE)
        (files / "static" / "page.html").write_bytes(b"." * size)
        if shutil.which("wrk"):
            runs, file_runs = [], []
            for _round in range(scope.rounds):
                runs.append(run_load(nginx.address + PAGE, scope.seconds))
                file_runs.append(run_load(f"{nginx.address}/static/page.html", scope.seconds))
            rate = median(run.per_second for run in runs)
            result = f"{throughput_ratio(runs, file_runs):.2f} ({rate:,.0f}/s)"
            yield "Cached page behind nginx, relative to a file", result, ">= 0.8"
        alone = percentile(measure_latencies(nginx.address + UNCACHED_PATH), 0.99)
        with slow_clients(nginx.address + PAGE):
            together = percentile(measure_latencies(nginx.address + UNCACHED_PATH), 0.99)
        result = f"{alone * 1000:.0f} -> {together * 1000:.0f} ms"
        yield "99 % of requests, without and with 200 slow clients", result, "no difference"


def measure_cold_agenda(server, scope):
    seconds = [time_fetch(server.address + COLD_AGENDA) for _request in range(2 + 3 * scope.rounds)][2:]
    return f"Agenda of {scope.sessions} sessions, not cached", f"{median(seconds) * 1000:.0f} ms", "< 500 ms"


def measure_search(server, words, description, target):
    seconds = [time_fetch(f"{server.address}/programme/?q={word}") for word in words]
    return f"Search, not cached, {description}", f"{median(seconds) * 1000:.0f} ms", target


def measure_memory(site):
    """Return the memory of a worker that has served every session in every encoding and language."""
    with site.serve(workers=1) as server:
        agenda = fetch(f"{server.address}/programme/")[2].decode()
        paths = sorted(set(re.findall(r'href="(/(?:sessions|programme)/[\w-]+/)[?"]', agenda)))
        requests = [
            (f"{server.address}{prefix}{path}", {"Accept-Encoding": encoding})
            for prefix in ("", "/vi")
            for path in paths
            for encoding in ENCODINGS
        ]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda request: fetch(*request), requests))
        megabytes = server.worker_memory() / 1_000_000
    return f"Memory of a worker after {len(requests):,} pages", f"{megabytes:.0f} MB", "< 200 MB"


def measure_check_in_on(folder, scope):
    """Measure check-in on SQLite and, if there is one, on a PostgreSQL server."""
    yield from describe_check_in("SQLite", create_site(folder / "check-in", 60), scope)
    if not postgresql_error():
        with temporary_database() as url:
            yield from describe_check_in("PostgreSQL", create_site(folder / "check-in-postgresql", 60, url), scope)


def describe_check_in(database, site, scope):
    run = measure_check_in(site, scope.people)
    name = f"Check-in of {scope.people:,} people, {database}"
    yield f"{name}: one scan", f"{run.scan:.0f} ms", "< 100 ms"
    yield f"{name}: search", f"{run.search:.0f} ms", "< 100 ms"
    yield f"{name}: sync without news", f"{run.sync:.0f} ms", "< 100 ms"
    yield f"{name}: upload of {UPLOAD_SIZE} check-ins", f"{run.upload:.0f} ms", ""
    yield f"{name}: list", f"{run.list:.0f} ms, {run.list_bytes / 1e6:.2f} MB", "< 100 ms, < 2 MB"
    yield f"{name}: unchanged list", f"{run.unchanged_list:.0f} ms", "< 100 ms"
    yield f"{name}: first list", f"{run.first_list:.0f} ms", ""


def measure_postgresql(folder, scope):
    if error := postgresql_error():
        yield "Registrations on PostgreSQL", error.splitlines()[0][:24], ""
        return
    with contextlib.ExitStack() as stack:
        site = create_site(folder / "postgresql", 60, stack.enter_context(temporary_database()))
        run = measure_registrations(site, scope.registrations)
        counts = json.loads(site.run("-m", "tests.benchmarks.attendees", "count"))
        result = f"{run.per_second:.0f}/s, p99 {run.p99 * 1000:.0f} ms"
        yield "Registrations on PostgreSQL, from form to confirmation", result, ">= 40/s"
        yield (
            "Rejected; confirmed registrations, seats",
            f"{run.rejected}; {counts['confirmed']}, {counts['seats']}",
            "",
        )


if __name__ == "__main__":
    main()
