"""What the paper reports of experiment B."""

from __future__ import annotations

TASKS = {"pour-juice": "PourJuice", "give-coin": "GiveCoin"}
"""Our tasks, as the ids have them."""

METHODS = {
    "ik": "IK (kappa alone)",
    "closing": "Closing hand",
    "ours-nopose": "Ours w/o pose reward",
    "ours-nophi": "Ours w/o visual features",
    "ours": "Ours",
}

MEASURES = ("T", "E_pose", "success")
"""How much of a clip is played until all is lost (%), how far the hand's points are from the annotation (mm), success
(%)."""

TABLE_4: dict[str, dict[str, dict[str, tuple[float, float, float]]]] = {
    "pour-juice": {
        "ik": {"train": (18.0, 26.95, 16.0), "test": (24.8, 33.22, 5.0)},
        "closing": {"train": (85.4, 24.78, 55.0), "test": (47.0, 35.46, 38.0)},
        "ours-nopose": {"train": (97.4, 26.82, 84.0), "test": (52.0, 37.88, 47.0)},
        "ours": {"train": (98.2, 25.43, 93.0), "test": (59.6, 33.15, 65.0)},
    },
    "give-coin": {
        "ik": {"train": (9.2, 24.90, 0.0), "test": (11.5, 25.93, 0.0)},
        "closing": {"train": (55.4, 28.44, 25.0), "test": (70.2, 33.70, 28.57)},
        "ours": {"train": (95.5, 24.3, 80.0), "test": (92.1, 25.30, 83.3)},
    },
}
"""By task, method and split: what `MEASURES` says."""
