"""Arithmetic of measurements: medians of runs, ratios between what ran at the same time, growth. Pure."""

import re
from dataclasses import dataclass
from math import nan
from statistics import median

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}


@dataclass(frozen=True)
class LoadRun:
    """What a load generator saw in one run. p50 and p99 are seconds; worker_seconds is what the server's processes
    computed for each request, which others on the machine disturb less than they do the rest."""

    per_second: float
    p50: float
    p99: float
    worker_seconds: float = 0
    failed: int = 0


def median_run(runs):
    """The run made of the medians of several; what failed is added up."""
    names = ("per_second", "p50", "p99", "worker_seconds")
    medians = {name: median(getattr(run, name) for run in runs) for name in names}
    return LoadRun(**medians, failed=sum(run.failed for run in runs))


def throughput_ratio(runs, others):
    """How many requests a second these make for each one of the others: the median over pairs that ran side by side."""
    return median(mine.per_second / (other.per_second or nan) for mine, other in zip(runs, others, strict=True))


def cpu_ratio(runs, others):
    """The same of what workers compute for each request: 1 where both compute as long, less where these do longer."""
    return median(other.worker_seconds / (mine.worker_seconds or nan) for mine, other in zip(runs, others, strict=True))


def parse_wrk_output(text):
    """What `wrk --latency` prints, as a Run. Raises ValueError where it is something else."""
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    quantiles = dict(re.findall(r"^\s+(\d+)%\s+([\d.]+[a-z]+)\s*$", text, re.MULTILINE))
    if not found or "99" not in quantiles:
        raise ValueError(text)
    failed = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    for errors in re.findall(r"Socket errors: (.+)", text):
        failed += sum(map(int, re.findall(r"\d+", errors)))
    return LoadRun(float(found[1]), parse_duration(quantiles["50"]), parse_duration(quantiles["99"]), failed=failed)


def parse_duration(written):
    """ "1.50ms" as 0.0015."""
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", written).groups()
    return float(number) * UNITS[unit]


def percentile(values, part):
    """The smallest of the values that this part of them (0 to 1) does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
