"""The tables and figures of experiment A of Garcia-Hernando, Johns and Kim: an agent that helps a user's noisy hand.

python -m benchmarks.residual.table1     an agent for each noise, tested at every noise (Table I, Fig. 6)
python -m benchmarks.residual.table2     seven methods on four tasks (Table II)
python -m benchmarks.residual.curves     success while learning (Fig. 3a and 8)
python -m benchmarks.residual.ablation   reinforcement and imitation alone (Fig. 3b)
python -m benchmarks.residual.forces     contact forces over time (Fig. 3c)
python -m benchmarks.residual.table5     users whom a camera sees: true and estimated poses (Tables III, V, Fig. 7)
python -m benchmarks.residual.scheme     pictures of the data generation scheme and of the help (Fig. 1, 4)

All but the last take `--preset smoke|laptop|paper`. With the same preset they share their cells: what one has trained,
the others find.
"""
