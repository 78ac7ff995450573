"""What a training on pictures is: all that decides its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from agents.common.gradient_config import GradientConfig
from hand_envs.errors import OptionError, choices
from hand_envs.registry import plain_id
from hand_envs.rendering import Pixels
from hand_envs.tasks.entry import FACE_OPTIONS
from hand_envs.tasks.views import PAPER_CAMERAS

METHODS: dict[str, dict[str, Any]] = {
    "dapg": {"lambda0": 0.1, "bc_epochs": 60, "std": 0.15},
    "bc": {"steps": 0, "lambda0": 0.0, "bc_epochs": 100, "std": 0.3},
}
"""DAPG on features, which begins with what it has cloned from them; cloning alone."""

PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class Config(GradientConfig):
    """A training of demonstration-augmented policy gradient on an encoder's features and the hand's own sense."""

    env: str = "HandDoorVisual-v0"
    """A Visual id of the suite."""
    method: str = "dapg"
    """dapg or bc (cloning alone). It sets the defaults of lambda0, bc-epochs, std and steps."""
    steps: int = 100_000
    """Environment steps in all; each is a picture drawn and encoded."""
    num_envs: int = 32
    network: tuple[int, ...] = (128, 128)
    std: float = 0.15
    """Initial standard deviation of the actions."""
    bc_epochs: int = 60
    """Passes over the demonstrations in which the policy first clones them."""

    encoder: str = "default"
    """What makes features of pictures, and stays as it is: a name (default, random, ...) or the folder of one."""
    weights: str | None = None
    """The file of its weights, where a name is of an encoder that others publish."""
    momentum: float = 0.0
    """By how much the statistics of its normalisations follow each batch of pictures (EMA BatchNorm); 0 for not."""
    as_published: bool = False
    """Have only its first normalisation follow, as H-InDex's published code does."""
    precision: str = "bfloat16"
    """Of the encoder: bfloat16, which takes half the time, or float32."""

    size: int = 112
    """Width and height of the pictures."""
    camera: str | None = None
    """Seen through which camera; None for the one of H-InDex."""
    light: bool = True
    """Draw meshes and round things with fewer faces, which takes less time."""
    background: int = 0
    """What is behind the task: 0 for what the scene has, or one of five others."""

    demonstrations: str | None = None
    """A Minari dataset or a DAPG pickle; None for episodes of the policy that comes with the suite."""
    demos: int = 25
    """Episodes of that policy: such as succeed."""
    unsteadiness: float = 0.1
    """By how much its hand is unsteady in the least steady episode; learned from is what a steady hand would do."""
    reencode_every: int = 5
    """Batches after which demonstrations are encoded again, where statistics follow."""

    tiny: ClassVar[Mapping[str, Any]] = {
        **GradientConfig.tiny,
        **{"encoder": "random", "size": 32, "demos": 1, "bc_epochs": 1, "precision": "float32"},
        **{"env": "HandPenVisual-v0", "options": {"max_episode_steps": 20}, "momentum": 0.1, "reencode_every": 1},
    }
    methods: ClassVar[Mapping[str, Mapping[str, Any]]] = METHODS
    evaluations: ClassVar[Mapping[str, int]] = {"evaluate_every": 25_000, "episodes": 50}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.precision not in PRECISIONS:
            raise OptionError(f"Unknown precision: {choices(self.precision, PRECISIONS)}")
        self.within(0, 1, "momentum")
        self.within(32, 1024, "size")
        self.within(0, 1000, "unsteadiness")
        Pixels.of(self.pixels, "")
        self.within(1, 100_000, "demos", "reencode_every")

    def task_options(self) -> dict[str, Any]:
        """The options of the environment that are its task's."""
        return {name: value for name, value in self.options.items() if name not in FACE_OPTIONS}

    @property
    def pixels(self) -> dict[str, Any]:
        """How the environment is looked at."""
        looked = {"width": self.size, "height": self.size, "light": self.light, "background": self.background}
        camera = self.camera or PAPER_CAMERAS.get(plain_id(self.env))
        given = self.options.get("pixels") or {}
        if not isinstance(given, Mapping):
            raise OptionError(f"The option pixels must be a table like {{'background': 1}}, got {given!r:.80}.")
        return {**looked, **({"camera": camera} if camera else {}), **given}

    def training_options(self) -> dict[str, Any]:
        return {**super().training_options(), "pixels": self.pixels}

    def test_options(self, split: str = "test", **changes: Any) -> dict[str, Any]:
        return {**super().test_options(split), "pixels": self.pixels, **changes}


configured = Config.configured
"""The config of a method in an environment, with changes."""
