"""One module a table or figure, each a command: `python -m benchmarks.throughput`."""
