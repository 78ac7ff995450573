"""What the paper reports, in percent, and how it calls things."""

from __future__ import annotations

NOISES = ("0.00", "0.01", "0.05", "0.10", "0.15", "0.20")
TRAINING_NOISES = NOISES[1:]

TABLE_1 = {
    "0.01": (71.0, 70.0, 52.0, 26.0, 9.0, 1.0),
    "0.05": (100.0, 90.0, 83.0, 50.0, 24.0, 4.0),
    "0.10": (91.0, 89.0, 87.0, 87.0, 56.0, 26.0),
    "0.15": (100.0, 96.0, 92.0, 80.0, 57.0, 19.0),
    "0.20": (71.0, 74.0, 75.0, 71.0, 47.0, 20.0),
    "user": (80.0, 86.3, 74.0, 33.8, 9.2, 2.7),
}
"""Success on the door's test sequences: a row for each noise in training and one for the user alone, by test noise."""

TASKS = {"door": "Door", "hammer": "Hammer", "pen": "Pen", "relocate": "Relocate"}
"""Our tasks, as the ids have them."""

METHODS = {
    "ik": "user alone (IK)",
    "rl": "RL - no user",
    "il": "IL - no user",
    "hybrid": "Hybrid - no residual",
    "rl-user": "RL + user reward",
    "hybrid-user": "Hybrid + user reward",
    "ours": "Ours",
}

TABLE_2 = {
    "ik": ((64.0, 74.0), (50.0, 56.0), (67.67, 69.92), (77.0, 83.0)),
    "rl": ((75.0, 59.0), (51.0, 44.0), (43.61, 38.34), (0.0, 0.0)),
    "il": ((0.0, 0.0), (0.0, 0.0), (4.0, 6.77), (0.0, 0.0)),
    "hybrid": ((0.0, 0.0), (0.0, 0.0), (4.0, 0.0), (0.0, 0.0)),
    "rl-user": ((69.92, 62.4), (6.01, 9.02), (48.12, 27.81), (0.0, 0.0)),
    "hybrid-user": ((0.0, 0.0), (56.39, 33.08), (9.02, 7.51), (0.0, 0.0)),
    "ours": ((81.33, 83.0), (61.0, 58.0), (90.97, 87.21), (49.62, 16.54)),
}
"""Success in training and in test, for door, hammer, pen and relocate, at a noise of 0.05."""

ABLATION = {"ours": 83.0, "ours-rl": 75.9, "ours-il": 36.5}
"""Success on the door's test sequences; the first is that of Table II."""

POSES = ("gt", "est")
"""Which hand poses a user is seen with: true ones, and estimated ones."""

TABLE_5 = {
    "ik": ((49.62, 27.81), (66.16, 68.42), (0.0, 20.3), (82.7, 90.22)),
    "rl gt": ((98.49, 76.69), (34.59, 29.32), (13.53, 25.56), (0.0, 0.0)),
    "il gt": ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    "hybrid gt": ((0.0, 0.0), (39.84, 37.59), (20.3, 9.02), (0.0, 0.0)),
    "rl est": ((66.16, 71.42), (58.65, 54.89), (13.53, 0.0), (0.0, 0.0)),
    "il est": ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    "hybrid est": ((0.0, 0.0), (53.38, 47.37), (12.03, 10.52), (0.0, 0.0)),
    "rl-user gt": ((0.0, 0.0), (3.76, 3.76), (45.86, 32.33), (0.0, 0.0)),
    "hybrid-user gt": ((0.0, 0.0), (58.64, 29.32), (0.0, 12.03), (0.0, 0.0)),
    "rl-user est": ((0.0, 0.0), (12.78, 4.51), (0.0, 12.03), (0.0, 0.0)),
    "hybrid-user est": ((0.0, 0.0), (54.13, 68.0), (0.0, 0.0), (0.0, 0.0)),
    "ours a1": ((57.14, 38.34), (60.15, 30.82), (10.52, 0.0), (21.8, 29.32)),
    "ours gt": ((83.45, 42.1), (78.0, 25.56), (10.52, 32.33), (34.0, 12.78)),
    "ours est": ((85.95, 70.67), (78.94, 71.42), (20.33, 57.14), (34.0, 35.0)),
}
"""Success on test sequences of true and of estimated poses, for door, hammer, pen and relocate: a row a method and what
it was trained on. Table III is its rows and columns that are in `TABLE_3`.
"""

TABLE_3 = ("ik", "rl gt", "rl est", "rl-user gt", "rl-user est", "ours a1", "ours gt", "ours est"), ("door", "pen")
"""Rows and tasks of Table III."""

ESTIMATOR = {"door": 9.90, "hammer": 8.76, "pen": 7.74, "relocate": 7.42}
"""Mean error of the hand pose estimator on each task's images (mm)."""
