"""Results of the load test."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tests.benchmarks.measurements import percentile


@dataclass(frozen=True)
class CheckResult:
    """One figure, and whether it is as expected."""

    name: str
    figure: object
    is_ok: bool = True


def expect_none(name: str, items: Collection) -> CheckResult:
    """Return the number of items, of which there should be none, with some examples."""
    examples = ", ".join(sorted({str(item) for item in items})[:5])
    return CheckResult(name, f"{len(items)} ({examples})" if items else 0, not items)


def expect_equal(name: str, figure: object, expected: object) -> CheckResult:
    text = figure if figure == expected else f"{figure}, expected {expected}"
    return CheckResult(name, text, figure == expected)


def summarize_times(name: str, seconds: Sequence[float]) -> CheckResult:
    """Return the number, median, 99th percentile and maximum of some times."""
    if not seconds:
        return CheckResult(name, "none")
    median, slow = (f"{percentile(seconds, part):.3f}" for part in (0.5, 0.99))
    return CheckResult(name, f"{len(seconds)}, p50 {median} s, p99 {slow} s, slowest {max(seconds):.3f} s")
