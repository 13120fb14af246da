"""Speed of the site behind its production servers: `python -m tests.benchmarks`. The method is in README.md."""
