"""Embodiments: what a task or a pose estimator has to know of a hand."""
