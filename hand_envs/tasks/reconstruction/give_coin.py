"""Put a coin into somebody's hand, as a hand in a video did."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np

from hand_envs.captures import Captures
from hand_envs.core.measures import distance, measured
from hand_envs.core.simulation import Simulation
from hand_envs.core.streams import Streams
from hand_envs.core.task import Array, Parts, Variation
from hand_envs.hands.mpl import MPL, mpl_scene
from hand_envs.hands.scenery import add_view
from hand_envs.objects import Piece, Shape
from hand_envs.tasks.reconstruction.base import Reconstruction
from hand_envs.tasks.reconstruction.clips import FORE_TIP, THUMB_TIP
from hand_envs.tasks.reconstruction.scenery import HANDED, TABLE_BITS, add_object, hand_over, sense

COIN = Shape("coin", (Piece("cylinder", (0.0125, 0.001)),), mass=0.008, rgba=(0.85, 0.7, 0.2, 1.0))
PALM_HALF = (0.05, 0.05, 0.01)  # m, of the box that is the other person's palm
BELOW = 0.03  # m that its top is below where the fingers end

NEAR, THERE, AT = 0.12, 0.08, 0.05  # m between box and finger or coin: the reward's
FELL = 0.05  # m below the box's top at which the coin is lost


class GiveCoin(Reconstruction):
    """Put a coin into somebody's hand, as a hand in a video did.

    The wrist follows the hand that was seen; the fingers are the agent's. The dataset has no poses of the coin, so it
    begins between the tips of thumb and fore finger. There it is held in place for a third of a second, before the
    clip begins, while the fingers close; then only they hold it. A box is the other person's palm: 3 cm below where the
    fingers were farthest from where they began.

    ## Actions
    23 joint targets in [-1, 1], scaled to the actuators' control ranges: three of the wrist and four of each finger,
    from the thumb to the little finger. One step is 33 ms.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | hand | 23 | rad | joint angles |
    | hand_velocity | 23 | rad/s | their speeds |
    | fore_to_coin | 3 | m | coin - tip of the fore finger |
    | thumb_to_coin | 3 | m | coin - tip of the thumb |
    | box | 3 | m | the box |
    | fore_to_box | 3 | m | box - tip of the fore finger |
    | thumb_to_box | 3 | m | box - tip of the thumb |
    | coin_to_box | 3 | m | box - coin |
    | object_turned | 3 | rad | how the coin is turned as seen from the palm, Euler angles |
    | contact | 5 | | for fore, middle, ring and little finger and thumb: 0.2 far from the coin, 0 where it presses |

    With the residual twin's user, also `intended` (23) and, where the captures have them, `features` (1024): the 1119
    numbers of the paper.

    ## Rewards
    On the way, while the fore finger is more than 0.12 m from the box and the coin more than 0.05 m:

    - `contact`: 1 - the mean of thumb's and fore finger's contact, each from 0 to 1.

    Then: `placed`: 1.5 (coin within 0.05 m of the box) + (within 0.08 m) - |fore finger - box|. And always `away`: -the
    coin's distances to the two tips. With `reward="bonus"` also `bonus`: 1 where the goal is reached.

    ## Success
    The coin touches the box. What counts is the end of the clip.

    ## Starting state
    The first frame of a capture, drawn from the split; `reset(options={"sequence": 3})` chooses it.

    ## Episode end
    Terminates when the coin is 0.05 m below the box's top, or farther than 0.3 m from the palm but not on the box; with
    `ends_early=False`, not at all. Truncated when the clip is over.

    ## Version history
    - v0: experiment B of the residual-RL paper, with a hand of our own.

    Args:
        captures: a file of captures, `Captures`, or None for the synthetic ones that come with the suite.
        split: `train`, `validation`, `test`, `others` or `all`.
        seen: `est` for hands as an estimator saw them, `gt` for hands as they were annotated.
        scatter: standard deviation (m) of where the object starts, in x and y, drawn each episode.
        ends_early: whether an episode is over when all is lost.
        reward: `paper`, or `bonus`: the paper's, and 1 in each step in which the goal is reached.
    """

    shipped_as = "give-coin"
    thing = "coin"
    far = 0.3
    grip = 2.0
    waits = HANDED
    start = (0.0, 0.0, 0.3)
    variations = {"box_pos": Variation("body", "box", "pos")}

    def __init__(
        self,
        captures: str | Path | Captures | None = None,
        split: str = "train",
        seen: str = "est",
        scatter: float = 0.001,
        ends_early: bool = True,
        reward: str = "paper",
    ) -> None:
        super().__init__(captures, split, seen, scatter, ends_early, reward)
        self.boxes = _boxes(self.clips.annotated, self.clips.lengths)

    def scene(self) -> mujoco.MjSpec:
        spec = mpl_scene(eye=(0.35, -0.4, 0.55), at=(0.0, 0.08, 0.28))
        add_view(spec, "wearer", eye=(0.0, -0.45, 0.6), at=(0.0, 0.05, 0.25))
        box = spec.worldbody.add_body(name="box", pos=(0.0, 0.3, 0.2))
        box.add_geom(
            name="box",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=PALM_HALF,
            rgba=(0.8, 0.25, 0.2, 1.0),
            contype=TABLE_BITS,
            conaffinity=TABLE_BITS,
        )
        add_object(spec, self.thing, COIN)
        hand_over(spec, self.thing)
        sense(spec, self.thing, "box")
        return spec

    def begin(self, sim: Simulation, ids: Array, sequence: Array, rng: Streams) -> None:
        super().begin(sim, ids, sequence, rng)
        sim.body("box").pos[ids] = self.boxes[sequence]

    def observe(self, sim: Simulation) -> Parts:
        coin, box = sim.body("coin").xpos, sim.body("box").xpos
        fore, thumb = self.fore(sim), self.thumb(sim)
        return {
            **self.hand_state(sim),
            "fore_to_coin": coin - fore,
            "thumb_to_coin": coin - thumb,
            "box": box,
            "fore_to_box": box - fore,
            "thumb_to_box": box - thumb,
            "coin_to_box": box - coin,
            "object_turned": self.turned(sim),
            "contact": self.contact(sim),
        }

    def paper(self, sim: Simulation) -> Parts:
        coin, fore, thumb = sim.body("coin").xpos, self.fore(sim), self.thumb(sim)
        to_box, coin_away = self.fore_to_box(sim), self.coin_to_box(sim)
        there = (to_box <= NEAR) | (coin_away <= AT)
        pinch = 2.5 * (self.contact(sim)[:, 0] + self.contact(sim)[:, -1])
        return {
            "contact": ~there * (1.0 - pinch),
            "placed": there * (1.5 * (coin_away < AT) + 1.0 * (coin_away < THERE) - to_box),
            "away": -distance(coin, thumb) - distance(coin, fore),
        }

    def success(self, sim: Simulation) -> Array:
        return self.rests(sim)

    def dropped(self, sim: Simulation) -> Array:
        box = sim.body("box").xpos
        below: Array = sim.body("coin").xpos[:, 2] < box[:, 2] + PALM_HALF[2] - FELL
        far = super().dropped(sim)
        return below | (far & ~self.rests(sim))

    def fore(self, sim: Simulation) -> Array:
        """The tip of the fore finger (m)."""
        return sim.site(MPL.fingertips[0]).xpos

    def thumb(self, sim: Simulation) -> Array:
        """The tip of the thumb (m)."""
        return sim.site(MPL.fingertips[-1]).xpos

    @measured
    def fore_to_box(self, sim: Simulation) -> Array:
        """From the fore finger to the box (m), (n,)."""
        return distance(self.fore(sim), sim.body("box").xpos)

    @measured
    def coin_to_box(self, sim: Simulation) -> Array:
        """From the coin to the box (m), (n,)."""
        return distance(sim.body("coin").xpos, sim.body("box").xpos)


def _boxes(hands: Array, lengths: Array) -> Array:
    """Where the box is in each clip (m), (captures, 3): below where the fingers are farthest from where they began."""
    pinch = 0.5 * (hands[:, :, THUMB_TIP] + hands[:, :, FORE_TIP])
    along = np.linalg.norm((pinch - pinch[:, :1])[..., :2], axis=-1)
    there = pinch[np.arange(len(pinch)), along.argmax(axis=1)]
    box: Array = there - (0.0, 0.0, BELOW + PALM_HALF[2])
    return box
