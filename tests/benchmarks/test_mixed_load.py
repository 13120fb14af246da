from .measurements import LoadRun
from .mixed_load import MixedLoadResult


def make_result(p99, published):
    return MixedLoadResult({"/programme/": LoadRun(500, 0.001, p99)}, 20, 0.02, 0.04, 1, (published,))


def test_of_several_rounds_waiting_is_in_the_middle_and_whoever_came_is_added_up():
    whole = MixedLoadResult.middle([make_result(0.004, 0.3), make_result(0.9, 0.5), make_result(0.005, 0.4)])

    assert whole.runs["/programme/"].p99 == 0.005
    assert (whole.registered, whole.refused, whole.published) == (60, 3, (0.3, 0.5, 0.4))
