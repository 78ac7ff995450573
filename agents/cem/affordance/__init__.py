"""Where and how a person would take hold of a thing: f(picture, words) -> contact, wrist and hand, learned from clips.

>>> from agents.cem import affordance
>>> prior = affordance.load("dash")  # doctest: +SKIP
>>> xi = prior(rgb, depth, view, "pick up the cup")  # doctest: +SKIP

Trained on our own made clips, which are synthetic; or on the labels that DEFT released, where a user has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.common.imports import need

if TYPE_CHECKING:
    from agents.cem.affordance.prior import Prediction, Prior, load

__all__ = ["Prediction", "Prior", "load"]


def __getattr__(name: str) -> Any:
    """Torch is imported when it is needed."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    need("torch")
    from agents.cem.affordance import prior

    return getattr(prior, name)
