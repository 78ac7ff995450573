"""The measures of a human hand: where its fingers start, how long its bones are, how thick it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

# An adult hand of 188 mm. Bones after published radiographs of adults, soft tissue of the tips included (mm).
_BASES = [(17.0, 26.0, 26.0), (4.0, 25.0, 93.0), (0.0, 0.0, 95.0), (2.0, -20.0, 89.0), (5.0, -37.0, 77.0)]
_BONES = [(45.0, 33.0, 27.0), (42.0, 25.0, 23.0), (45.0, 28.5, 23.5), (42.0, 27.0, 23.5), (33.5, 20.0, 21.0)]
_RADII = [(13.0, 11.5, 10.5, 8.5), *[(12.0, 9.8, 8.4, 7.0)] * 3, (10.5, 8.5, 7.2, 6.0)]
_WRIST = 25.0
_LENGTH = 188.0


@dataclass(frozen=True, eq=False)
class HumanShape:
    """The measures of one person's right hand (m): x out of the palm, z to the middle knuckle."""

    bases: Array
    """Where the thumb and the four fingers start, seen from the wrist, (5, 3)."""
    bones: Array
    """The three bones from each base to the tip, (5, 3)."""
    radii: Array
    """Half the thickness at the 21 joints."""

    @property
    def length(self) -> float:
        """From the wrist to the tip of the middle finger (m)."""
        return float(np.linalg.norm(self.bases[2]) + self.bones[2].sum())

    @property
    def links(self) -> Array:
        """The lengths of the 20 links, in the order of the joints that end them."""
        palm = np.linalg.norm(self.bases, axis=-1, keepdims=True)
        return np.concatenate([palm, self.bones], axis=1).reshape(20)


def average() -> HumanShape:
    """An average adult's hand."""
    return _shape(np.array(_BASES), np.array(_BONES), np.ones(()))


def subject(seed: int) -> HumanShape:
    """A person: the same seed is the same hand. Lengths are 160-210 mm; proportions and thickness vary too."""
    generator = np.random.default_rng([seed, 0x68616E64])
    length = np.clip(generator.normal(185.0, 11.0), 160.0, 210.0)
    bases = np.array(_BASES) * [1.0, generator.normal(1.0, 0.05), 1.0] * generator.normal(1.0, 0.02)
    bases = bases * generator.normal(1.0, 0.015, (5, 1))
    finger = generator.normal(1.0, 0.03, (5, 1))
    bones = np.array(_BONES) * finger * generator.normal(1.0, 0.025, (5, 3))
    thickness = generator.normal(1.0, 0.09) * generator.normal(1.0, 0.03, (5, 1))
    scale = length / (np.linalg.norm(bases[2]) + bones[2].sum())
    return _shape(bases * scale, bones * scale, thickness * scale)


def _shape(bases: Array, bones: Array, thickness: Array) -> HumanShape:
    radii = np.array(_RADII) * thickness
    wrist = _WRIST * np.mean(thickness)
    return HumanShape(bases / 1000, bones / 1000, np.concatenate([[wrist], radii.ravel()]) / 1000)


def stacked(shapes: HumanShape | Sequence[HumanShape]) -> tuple[Array, Array]:
    """Bases and bones of one shape, (1, 5, 3) each, or of many."""
    many = [shapes] if isinstance(shapes, HumanShape) else list(shapes)
    return np.stack([one.bases for one in many]), np.stack([one.bones for one in many])
