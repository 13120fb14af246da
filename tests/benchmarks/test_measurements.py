import pytest

from .measurements import LoadRun, parse_wrk_output, percentile, throughput_ratio

WRK_OUTPUT = """Running 2s test @ http://127.0.0.1:8000/programme/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.95ms    1.52ms  24.10ms   89.02%
    Req/Sec     5.53k   611.66     6.41k    70.00%
  Latency Distribution
     50%    2.50ms
     75%    3.12ms
     90%    4.31ms
     99%    1.20s 
  11011 requests in 2.00s, 118.01MB read
  Socket errors: connect 0, read 2, write 0, timeout 1
  Non-2xx or 3xx responses: 4
Requests/sec:   5505.39
Transfer/sec:     59.00MB
"""


def make_runs(*per_second):
    return [LoadRun(number, 1, 2) for number in per_second]


def test_parse_wrk_output_reads_units_and_failures():
    assert parse_wrk_output(WRK_OUTPUT) == LoadRun(5505.39, pytest.approx(0.0025), pytest.approx(1.2), failed=7)


def test_parse_wrk_output_other_text_raises_value_error():
    with pytest.raises(ValueError, match="unable to connect"):
        parse_wrk_output("unable to connect to 127.0.0.1:8000 Connection refused")


def test_throughput_ratio_compares_paired_runs():
    assert throughput_ratio(make_runs(90, 9, 80), make_runs(100, 10, 100)) == 0.9


def test_percentile_returns_the_value_at_the_share():
    assert percentile(range(1, 101), 0.99) == 100
    assert percentile([3], 0.99) == 3
