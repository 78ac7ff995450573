"""What demonstrations are worth: DAPG, natural policy gradient from scratch, and cloning, on thirteen tasks.

python -m benchmarks.dapg.table    success of each method on each task
python -m benchmarks.dapg.curves   success and return while learning

Both take `--preset smoke|laptop|paper` and `--tasks`. With the same preset they share their cells: what one has
trained, the other finds.
"""
