"""What the training of an estimator is: all that decides its outcome."""

from __future__ import annotations

from dataclasses import dataclass

from agents.common.fields import Fields
from agents.estimator.crops import MODES
from hand_envs.errors import OptionError, choices
from hand_envs.images.grasping import HANDLED
from hand_envs.images.views import VIEWS

SIZES = ("small", "published")
SHIPPED = "shipped"
LOSSES = ("distance", "code")


@dataclass(frozen=True)
class EstimatorConfig(Fields):
    """A training of a hand pose estimator from depth."""

    data: str = "made"
    """`made` for images that are made as it goes, or a folder of BigHand2.2M, HANDS'17, HO-3D or F-PHAB."""
    view: str = "sphere"
    """From where made hands are seen: a name of `hand_envs.images.views.VIEWS`."""
    handled: str = "nothing"
    """What made hands hold: a name of `hand_envs.images.grasping.HANDLED`."""
    made_share: float = 0.0
    """Of a folder's training images, the share that is made ones instead."""
    size: str = "small"
    """small, or published: DeepPrior++'s residual network of 6.2 million weights, for a GPU."""
    begin: str | None = None
    """The folder of an estimator whose weights it begins with, or `shipped`; None to begin anew."""
    rank: int = 0
    """What is kept of one that begins with `shipped`: its layers' differences from there, as products of matrices of
    so many columns; 0 for all weights. At 64 it is a fifth of the size."""
    seed: int = 1
    steps: int = 2_000_000
    """Images learned from in all; one that is seen again, varied, counts again."""
    enough: float = 0.0
    """Mean error (m): the training ends with the first evaluation that has no more. For users who are to err as much as
    those of a paper do."""
    block: int = 8192
    """Images that are made, or read, together."""
    reuse: int = 4
    """Times that each image of a block is learned from, each time varied anew."""
    batch: int = 128
    learning_rate: float = 1e-3
    """It rises over the first hundredth of the steps and falls to nothing at the last, as a cosine does."""
    loss: str = "distance"
    """distance of the joints, which is what errors are counted in; or the paper's square error of the code."""
    components: int = 30
    """Principal components of poses that the last layer begins with."""
    dropout: float = 0.3
    modes: tuple[str, ...] = ("com", "rot", "none")
    """Of which each image is varied in one: its centre, its turn, not at all; `sc` is the size of its cube."""
    upright: bool = True
    """Turn every image so that what is seen lies along one direction, and the estimate back: hands need not be learned
    in all directions. The paper does not."""
    shift: float = 0.005
    """Standard deviation (m) of `com`."""
    centring: float = 0.007
    """Standard deviation (m) of a crop's centre about the middle finger's knuckle."""
    side: float = 0.25
    """Of the cube that is cropped (m)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("view", (self.view,), tuple(VIEWS))
        self._check("handled", (self.handled,), tuple(HANDLED))
        self._check("size", (self.size,), SIZES)
        self._check("loss", (self.loss,), LOSSES)
        self._check("modes", self.modes, MODES)
        for name, least, most in _RANGES:
            self.within(least, most, name)
        if self.made_share and self.data == "made":
            raise OptionError(f"made_share={self.made_share} is of a folder's images: say which (data).")
        if self.rank and self.begin != SHIPPED:
            raise OptionError(
                f"rank={self.rank} keeps what differs from the shipped estimator: begin with {SHIPPED!r}."
            )
        if not self.modes or self.batch > self.block:
            raise OptionError(f"A batch of {self.batch} from a block of {self.block}, varied by {self.modes}, is none.")

    def _check(self, name: str, given: tuple[str, ...], valid: tuple[str, ...]) -> None:
        for each in given:
            if each not in valid:
                raise OptionError(f"Unknown {name}: {choices(each, valid)}")


_RANGES = (
    ("seed", 0, 2**32 - 1),
    ("steps", 0, 10**12),
    ("block", 1, 2**20),
    ("reuse", 1, 10_000),
    ("batch", 1, 2**14),
    ("learning_rate", 0.0, 10.0),
    ("enough", 0.0, 1.0),
    ("rank", 0, 1024),
    ("made_share", 0.0, 1.0),
    ("components", 1, 63),
    ("dropout", 0.0, 0.99),
    ("shift", 0.0, 1.0),
    ("centring", 0.0, 1.0),
    ("side", 0.01, 10.0),
)
