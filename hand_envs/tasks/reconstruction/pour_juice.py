"""Hold a juice carton while it is poured from, as a hand in a video did."""

from __future__ import annotations

from pathlib import Path

import mujoco

from hand_envs.captures import Captures
from hand_envs.core.measures import norm
from hand_envs.core.options import name_or_path, yes_or_no
from hand_envs.core.simulation import Simulation
from hand_envs.core.task import Array, Parts
from hand_envs.hands.mpl import mpl_scene
from hand_envs.hands.scenery import add_view
from hand_envs.objects import Piece, Shape, find
from hand_envs.tasks.reconstruction.base import Reconstruction
from hand_envs.tasks.reconstruction.scenery import HANDED, REACH, TABLE_BITS, add_object, hand_over, sense

CARTON = Shape("juice_carton", (Piece("box", (0.035, 0.035, 0.1)),), mass=0.5, rgba=(0.95, 0.6, 0.2, 1.0))
"""Of a litre, half full. What is in it does not slosh."""

LIFTED = 0.02  # m above where it stood
HELD = 0.12  # m between carton and palm at which a hand can be holding it
TABLE_HALF = (0.3, 0.3, 0.02)  # m


class PourJuice(Reconstruction):
    """Hold a juice carton while it is poured from, as a hand in a video did.

    The wrist follows the hand that was seen; the fingers are the agent's. The carton stands on a table where it stood
    in the video, and from then on only the hand holds it. A clip has 30 frames/s and about 100 frames, and each is one
    step of 33 ms.

    ## Actions
    23 joint targets in [-1, 1], scaled to the actuators' control ranges: three of the wrist and four of each finger,
    from the thumb to the little finger.

    ## Observations
    | part | width | unit | |
    |---|---|---|---|
    | hand | 23 | rad | joint angles |
    | hand_velocity | 23 | rad/s | their speeds |
    | palm_to_object | 3 | m | carton - palm |
    | object_turned | 3 | rad | how the carton is turned as seen from the palm, Euler angles |
    | contact | 5 | | for fore, middle, ring and little finger and thumb: 0.2 far from the carton, 0 where it presses |

    With the residual twin's user, also `intended` (23) and, where the captures have them, `features` (1024): the 1104
    numbers of the paper.

    ## Rewards
    - `contact`: 1 - sum(contact), if any fingertip is within 4 cm of the carton. (The paper's gate is on the sum of its
      contacts being positive, which with contacts that are 0 when perfect would switch the term off then.)
    - `away`: -|carton - palm| in m.
    - `bonus`, with `reward="bonus"`: 1 where the goal is reached.

    ## Success
    The carton is in the hand: within 0.12 m of the palm, touched by the hand and not by the table, and 2 cm above where
    it stood. What counts is the end of the clip.

    ## Starting state
    The first frame of a capture, drawn from the split, the fingers as the model's at rest; `reset(options={"sequence":
    3})` chooses it. The carton is moved in x and y by up to 1.7 `scatter`.

    ## Episode end
    Terminates when the carton is farther than 0.25 m from the palm, unless `ends_early=False`. Truncated with the clip.

    ## Version history
    - v0: experiment B of the residual-RL paper, with a hand of our own.

    Args:
        object: `juice_carton`, or one of `hand_envs.objects`, such as one's own mesh (`hand-envs object add`), or the
            folder of one.
        table: whether it stands on a table at first. Without one it is for captures that begin with it in the hand: it
            is held in place for a third of a second, before the clip begins, while the fingers close.
        captures: a file of captures, `Captures`, or None for the synthetic ones that come with the suite.
        split: `train`, `validation`, `test`, `others` or `all`.
        seen: `est` for hands as an estimator saw them, `gt` for hands as they were annotated.
        scatter: standard deviation (m) of where the object starts, in x and y, drawn each episode.
        ends_early: whether an episode is over when all is lost.
        reward: `paper`, or `bonus`: the paper's, and 1 in each step in which the goal is reached.
        mirrored: whether it is the object's mirror image, for captures of a left hand that were mirrored.
    """

    shipped_as = "pour-juice"
    thing = "object"
    far = 0.25
    grip = 16.0

    def __init__(
        self,
        object: str | Path = "juice_carton",
        table: bool = True,
        captures: str | Path | Captures | None = None,
        split: str = "train",
        seen: str = "est",
        scatter: float = 0.003,
        ends_early: bool = True,
        reward: str = "paper",
        mirrored: bool = False,
    ) -> None:
        self.object, self.table = name_or_path("object", object), yes_or_no("table", table)
        self.waits = 0 if table else HANDED
        shape = CARTON if object == CARTON.name else find(object)
        self.shape = shape.mirrored() if yes_or_no("mirrored", mirrored) else shape
        self._bottom = float(self.shape.bounds()[0, 2])
        super().__init__(captures, split, seen, scatter, ends_early, reward)

    @property
    def start(self) -> tuple[float, float, float]:  # type: ignore[override]
        """Its origin, so that it stands on z = 0."""
        return 0.0, 0.0, -self._bottom

    def scene(self) -> mujoco.MjSpec:
        spec = mpl_scene(eye=(0.45, -0.5, 0.45), at=(0.0, 0.05, 0.12))
        add_view(spec, "wearer", eye=(0.0, -0.5, 0.45), at=(0.0, 0.0, 0.1))
        if self.table:
            table = spec.worldbody.add_body(name="table")
            table.add_geom(
                name="table",
                type=mujoco.mjtGeom.mjGEOM_BOX,
                size=TABLE_HALF,
                pos=(0.0, 0.0, -TABLE_HALF[2]),
                rgba=(0.75, 0.68, 0.6, 1.0),
                contype=TABLE_BITS,
                conaffinity=TABLE_BITS,
            )
        add_object(spec, self.thing, self.shape)
        if not self.table:
            hand_over(spec, self.thing)
        sense(spec, self.thing, "table" if self.table else None)
        return spec

    def observe(self, sim: Simulation) -> Parts:
        return {
            **self.hand_state(sim),
            "palm_to_object": self.palm_to_object(sim),
            "object_turned": self.turned(sim),
            "contact": self.contact(sim),
        }

    def paper(self, sim: Simulation) -> Parts:
        near = (self.gaps(sim) < REACH).any(axis=1)
        return {
            "contact": near * (1.0 - self.contact(sim).sum(axis=1)),
            "away": -norm(self.palm_to_object(sim)),
        }

    def success(self, sim: Simulation) -> Array:
        in_reach = norm(self.palm_to_object(sim)) < HELD
        held: Array = in_reach & self.touched(sim)
        if self.table:
            lifted = sim.body(self.thing).xpos[:, 2] > self.start[2] + LIFTED
            held &= lifted & ~self.rests(sim)
        return held
