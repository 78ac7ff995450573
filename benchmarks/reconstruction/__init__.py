"""Experiment B of Garcia-Hernando, Johns and Kim: hands from video become physics that holds.

python -m benchmarks.reconstruction.table4                   Table IV, its films and contact forces
python -m benchmarks.reconstruction.table4 --preset paper    three seeds
"""
