"""DEFT on the twin: household tasks learned in thirty attempts from a prior of human hands.

python -m benchmarks.deft.table1                   Table 1: real-world only, affordance only, DEFT; and the guess alone
python -m benchmarks.deft.table2                   Table 2: other rewards, policies and parameters
python -m benchmarks.deft.curves                   Fig. 4: success over episodes
python -m benchmarks.deft.table1 --preset paper    ten seeds
"""
