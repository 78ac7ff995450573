"""What demonstrations are worth: DAPG, natural policy gradient from scratch, and cloning, on thirteen tasks.

python -m benchmarks.dapg.table    success of each method on each task
python -m benchmarks.dapg.curves   success and return while learning
python -m benchmarks.dapg.speed    samples per second, as a share of the bare engine's

The first two take `--preset smoke|laptop|paper` and `--tasks`. With the same preset they share their cells: what one
has trained, the other finds.
"""
