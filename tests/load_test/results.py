"""What is measured, in words that can be read without the code."""

from dataclasses import dataclass

from tests.benchmarks.measurements import percentile


@dataclass(frozen=True)
class CheckResult:
    """figure is a number or words; holds is False where it is not as promised."""

    what: str
    figure: object
    holds: bool = True


def expect_none(what, found):
    """Something of which there must be none; found is all there is of it."""
    shown = ", ".join(sorted({str(one) for one in found})[:5])
    return CheckResult(what, f"{len(found)} ({shown})" if found else 0, not found)


def expect_equal(what, figure, right):
    return CheckResult(what, figure if figure == right else f"{figure}, not {right}", figure == right)


def summarize_times(what, seconds):
    """The middle, the slowest hundredth and the slowest."""
    if not seconds:
        return CheckResult(what, "none")
    middle, slow = (f"{percentile(seconds, part):.3f}" for part in (0.5, 0.99))
    return CheckResult(what, f"{len(seconds)}, p50 {middle} s, p99 {slow} s, slowest {max(seconds):.3f} s")
