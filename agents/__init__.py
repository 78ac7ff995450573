"""Baseline agents. PyTorch lives here, and every agent trains on any Gymnasium environment, not only on ours."""
