"""The rules, in the order in which their findings are listed within a level."""

RULES = []


def rule(function):
    """Register a generator function that takes a Draft and yields findings."""
    RULES.append(function)
    return function
