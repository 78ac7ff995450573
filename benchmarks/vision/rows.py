"""The rows of the tables: whose features a policy sees, and what they are held against."""

from __future__ import annotations

PRETRAINED = {"3d": "3D hand poses (stage 1)", "2d": "2D hand poses", "objects": "Object classes"}
"""One network, the same images and as many steps, by what it was taught; what `--labels` of stage 1 calls it."""

RANDOM = "random"
"""The same network, taught nothing; every seed draws another."""

NETWORKS = {**PRETRAINED, RANDOM: "Nothing (random)"}

ADAPTED = {"adapted": "3D hand poses, stage 2", "adapted-all": "3D hand poses, stage 2 of 100 %"}
"""What stage 2 makes of one of them with the pictures of a task, by its BatchNorm's affine parameters or by all."""
ADAPTED_FROM = "3d"

CATALOGUE = {
    "hindex": "H-InDex",
    "frankmocap": "FrankMocap hand",
    "body": "FrankMocap body",
    "alphapose": "AlphaPose",
    "rrl": "RRL (ImageNet)",
    "r3m": "R3M",
    "mvp": "MVP",
    "vc1": "VC-1",
}
"""Of others, where the user has their files."""

BLIND, STATE, EXPERT = "blind", "state", "expert"
CONTROLS = {BLIND: "Hand alone, no picture", STATE: "True state"}
"""Cloned without pictures: what a representation has to add to, and what it could reach at best."""

ROWS = {**NETWORKS, **ADAPTED, **CATALOGUE, **CONTROLS}


def titles(given: tuple[str, ...] = ()) -> dict[str, str]:
    """What tables call rows, in order; a folder that the user names is called by that name."""
    shown = {**ROWS, EXPERT: "Expert, who is cloned"}
    return {**{name: name for name in given if name not in shown}, **shown}
