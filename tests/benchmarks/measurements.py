"""Arithmetic of measurements: medians, ratios and percentiles, and the output of wrk."""

import re
from dataclasses import dataclass
from math import nan
from statistics import median

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}


@dataclass(frozen=True)
class LoadRun:
    """Result of one run of the load generator. p50 and p99 are latencies in seconds."""

    per_second: float
    p50: float
    p99: float
    failed: int = 0


def throughput_ratio(runs, reference_runs):
    """Return the median ratio of requests per second, over pairs of runs that were made one after the other."""
    pairs = zip(runs, reference_runs, strict=True)
    return median(run.per_second / (reference.per_second or nan) for run, reference in pairs)


def parse_wrk_output(text):
    """Return the LoadRun that `wrk --latency` printed. Raises ValueError for other output."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    quantiles = dict(re.findall(r"^\s+(\d+)%\s+([\d.]+[a-z]+)\s*$", text, re.MULTILINE))
    if not rate or "99" not in quantiles:
        raise ValueError(text)
    failed = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    for errors in re.findall(r"Socket errors: (.+)", text):
        failed += sum(map(int, re.findall(r"\d+", errors)))
    return LoadRun(float(rate[1]), parse_duration(quantiles["50"]), parse_duration(quantiles["99"]), failed)


def parse_duration(text):
    """Return the seconds of a duration such as "1.50ms"."""
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()
    return float(number) * UNITS[unit]


def percentile(values, share):
    """Return the smallest value that this share (0 to 1) of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
