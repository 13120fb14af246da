from tests.bench.figures import Run
from tests.bench.together import Together


def a_round(p99, published):
    return Together({"/programme/": Run(500, 0.001, p99)}, 20, 0.02, 0.04, 1, (published,))


def test_of_several_rounds_waiting_is_in_the_middle_and_whoever_came_is_added_up():
    whole = Together.middle([a_round(0.004, 0.3), a_round(0.9, 0.5), a_round(0.005, 0.4)])

    assert whole.runs["/programme/"].p99 == 0.005
    assert (whole.registered, whole.refused, whole.published) == (60, 3, (0.3, 0.5, 0.4))
