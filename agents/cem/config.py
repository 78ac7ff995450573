"""What a search is: all that decides its outcome, but for who scores it and on which hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import tyro

from agents.common.fields import Fields
from hand_envs.errors import OptionError, choices

POLICIES = ("vae", "mlp", "transformer", "mean")
SAMPLERS = ("gaussian", "vae")
_MOST = 100_000


@dataclass(frozen=True)
class CemConfig(Fields):
    """Algorithm 1 of DEFT; what the paper does not say is a choice of ours, and said to be one."""

    env: str = "HandRealPickCup-v0"
    """A household task, or any Gymnasium id with episodes of one step and continuous actions."""
    options: tyro.conf.Suppress[Mapping[str, Any]] = field(default_factory=dict)
    """Options of the environment: plain data, as a file holds it."""
    text: str = ""
    """What is to be done, in words, for a prior that reads them; empty for what the environment says itself."""
    prior: str = ""
    """What residuals are added to: heuristic, affordance, middle (of the action's range), or your own as
    package.module:name. Empty for heuristic where something is grasped, else middle."""
    reward: str = "score"
    """score: the environment's own; operator: asked for on the terminal, in [0, 1]; scripted: the lines of --scores;
    embedding: how near the last picture is to --demonstration; or your own as package.module:name."""
    scores: str | None = None
    """With scripted: a text file with a number in [0, 1] a line, one an episode."""
    demonstration: str | None = None
    """With embedding: a picture of how the demonstration ended, as the run's own `pictures` are kept."""
    encoder: str = "pooled"
    """What pictures are to the policy and to the embedding: pooled, or your own as package.module:name."""
    seed: int = 1
    episodes: int = 30
    """N, with the warm-up."""
    warm_up: int = 10
    """M: so many episodes draw from the first distribution."""
    elites: int = 3
    """E: the distribution is fitted to so many, and so is the policy. Ours: the paper's policy has "the top ten", with
    which thirty episodes did not come near to where three came, in searches with objects of training."""
    blocks: tuple[int, ...] = ()
    """Widths of the parts of an action that have a deviation each; the last one takes what is left."""
    sigma: tuple[float, ...] = ()
    """Standard deviation of the first distribution in each part, one more than `blocks`, in units of the action. Empty
    for ours: 2 cm, 0.2 rad and 0.15 rad of a grasp's place, turn and fingers; elsewhere a quarter of half the range."""
    floor: float = 0.3
    """Least standard deviation after fitting, as a share of the first one. Ours: ten elites in twenty dimensions would
    make the search stand still."""
    sampler: str = "gaussian"
    """What episodes after the warm-up draw from: the paper's Gaussian, or as in the thesis a vae that is fitted anew to
    the elites before each episode."""
    policy: str = "vae"
    """What is fitted to the elites at the end: vae, or of the ablations mlp, transformer (conditioned on the reward, on
    all episodes), mean (of the elites' residuals)."""
    residual: bool = True
    """The policy says what to add to the prior; if not, the action itself."""
    iterations: int = 600
    """Of fitting the policy."""
    hidden: int = 32
    """Width of its layers."""
    latent: int = 2
    """Width of the vae's z."""
    kl: float = 0.1
    """Weight of the vae's divergence once it is warm, which it is after half the iterations."""
    components: int = 6
    """Principal components of the pictures' features, and of xi, that the policy sees: it has few elites to learn
    from."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_options(self.options)
        for name, valid in (("policy", POLICIES), ("sampler", SAMPLERS)):
            if getattr(self, name) not in valid:
                raise OptionError(f"Unknown {name}: {choices(getattr(self, name), valid)}")
        self.within(0, 2**32 - 1, "seed")
        self.within(1, _MOST, "episodes", "iterations")
        self.within(2, _MOST, "warm_up", "elites")
        self.within(1, 4096, "hidden")
        self.within(1, 256, "latent", "components")
        self.within(0, 1, "floor")
        self.within(0, 1e6, "kl")
        if self.sigma and len(self.sigma) != len(self.blocks) + 1:
            raise OptionError(
                f"sigma has a deviation for each of blocks={self.blocks} and one for the rest: "
                f"{len(self.blocks) + 1} numbers, got {self.sigma!s:.80}."
            )
        if min(self.sigma, default=1.0) <= 0 or min(self.blocks, default=1) < 1:
            raise OptionError(f"sigma and blocks must be above 0, got {self.sigma!s:.80} and {self.blocks!s:.80}.")
        if self.blocks and not self.sigma:
            raise OptionError(f"blocks={self.blocks!s:.80} go with sigma: give a deviation for each, and one more.")
        if (self.reward == "scripted") != (self.scores is not None):
            raise OptionError("reward=scripted goes with scores, a text file with a number in [0, 1] a line.")
        if (self.reward == "embedding") != (self.demonstration is not None):
            raise OptionError("reward=embedding goes with demonstration, a picture of how a demonstration ended.")


def _check_options(options: Mapping[str, Any]) -> None:
    try:
        json.dumps(options, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise OptionError(f"Options of the environment are numbers, text and lists of them: {error}.") from None
