"""What everything stands on: simulations, tasks, and the episodes that run one on the other."""
