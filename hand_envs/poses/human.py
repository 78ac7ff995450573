"""The virtual human hand: people of different measures, natural poses, and the 21 points they make.

A pose is 22 angles (rad): how far the palm arches; the thumb's way out to the side, out of the palm, its turn about
itself, and the flexion of its two joints; then for each finger the spread of the first joint (towards the thumb) and
the flexion of all three.
"""

from __future__ import annotations

from hand_envs.poses.kinematics import forward
from hand_envs.poses.natural import HIGH, LOW, sample, walk
from hand_envs.poses.shape import HumanShape, average, subject

__all__ = ["HIGH", "LOW", "HumanShape", "average", "forward", "sample", "subject", "walk"]
