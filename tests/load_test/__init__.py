"""Load test of registration while processes are killed: `python -m tests.load_test`."""
