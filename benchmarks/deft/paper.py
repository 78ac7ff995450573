"""What the paper reports: success out of ten on its robot, as shares."""

from __future__ import annotations

TASKS = {
    "pick-cup": "PickCup",
    "pour-cup": "PourCup",
    "open-drawer": "OpenDrawer",
    "pick-spoon": "PickSpoon",
    "scoop-grape": "ScoopGrape",
    "stir-spoon": "StirSpoon",
}
"""Our tasks, as the ids have them."""

SPLITS = ("train", "test")

ROWS = {
    "heuristic": "Guess alone",
    "real": "Real-world only",
    "affordance": "Affordance only",
    "deft": "DEFT",
    "refitted": "DEFT, refitted each episode",
}
"""Of the last the paper has no numbers: it is how the authors' thesis does it."""

TABLE_1: dict[str, dict[str, tuple[float | None, float | None]]] = {
    "real": dict(zip(TASKS, ((0.0, 0.1), (0.2, 0.1), (0.1, 0.0), (0.7, 0.3), (0.0, 0.0), (0.3, 0.0)), strict=True)),
    "affordance": dict(
        zip(TASKS, ((0.1, None), (0.4, None), (0.5, None), (0.5, None), (0.0, None), (0.3, None)), strict=True)
    ),
    "deft": dict(zip(TASKS, ((0.8, 0.8), (0.8, 0.9), (0.5, 0.4), (0.8, 0.6), (0.7, 0.3), (0.8, 0.5)), strict=True)),
}
"""By row and task: on the objects of training, and on others."""

ABLATED = ("pour-cup", "open-drawer", "pick-spoon")
"""The tasks of Table 2."""

ABLATIONS = {
    "embedding": "Embedding reward",
    "mlp": "MLP",
    "transformer": "Transformer, reward-conditioned",
    "direct": "Action itself, no residual",
    "mean": "Mean of the best",
    "refitted": "VAE refitted each episode",
    "deft": "DEFT",
}

TABLE_2: dict[str, dict[str, tuple[float, float]]] = {
    "embedding": dict(zip(ABLATED, ((0.0, 0.0), (0.4, 0.5), (0.5, 0.4)), strict=True)),
    "mlp": dict(zip(ABLATED, ((0.0, 0.0), (0.5, 0.0), (0.6, 0.5)), strict=True)),
    "transformer": dict(zip(ABLATED, ((0.4, 0.5), (0.6, 0.1), (0.4, 0.5)), strict=True)),
    "direct": dict(zip(ABLATED, ((0.1, 0.1), (0.1, 0.0), (0.3, 0.0)), strict=True)),
    "deft": dict(zip(ABLATED, ((0.8, 0.9), (0.5, 0.4), (0.8, 0.6)), strict=True)),
}
"""By row and task. The paper's embedding is R3M's."""

MOMENTS = (10, 20, 30)
"""Episodes of Fig. 4."""

FIGURE_4 = dict(
    zip(TASKS, ((0.0, 0.2, 0.8), (0.1, 0.3, 0.8), (0.4, 0.7, 0.5), (0.6, 0.6, 0.8), (0.1, 0.2, 0.7), (0.5, 0.3, 0.8)),
        strict=True)
)  # fmt: skip
"""DEFT's success after so many episodes, on the objects of training."""
