"""However deep the site is called, calls within it find room without asking the system: see conference.frames."""

import resource

import pytest

from conference import wsgi
from tests.door import as_gunicorn_says

EACH = 100


def taken():
    """How often this process was given memory that it had not had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def brief():
    return None


# Enough to find the end of a piece wherever that is.
brief.__code__ = brief.__code__.replace(co_stacksize=100)


def to_and_fro(calls):
    """So many calls within each other, and from each of them many that return at once."""
    for _time in range(EACH):
        brief()
    if calls:
        to_and_fro(calls - 1)


def within(calls, function):
    return within(calls - 1, function) if calls else function()


@pytest.mark.parametrize("depth", [0, 40, 80, 120])
def test_calls_that_go_deep_do_not_take_memory_again_and_again(monkeypatch, depth):
    seen = []

    def deep_site(environ, start_response):
        before = taken()
        to_and_fro(300)
        seen.append(taken() - before)
        start_response("204 No Content", [])
        return ()

    monkeypatch.setattr(wsgi, "django_site", deep_site)
    within(depth, lambda: wsgi.application(as_gunicorn_says("GET", "/my/"), lambda status, headers: None))

    assert seen[0] < EACH
