"""The four tasks of DAPG on the Adroit hand."""

from hand_envs.tasks.adroit.door import Door
from hand_envs.tasks.adroit.hammer import Hammer
from hand_envs.tasks.adroit.pen import Pen
from hand_envs.tasks.adroit.relocate import Relocate

__all__ = ["Door", "Hammer", "Pen", "Relocate"]
