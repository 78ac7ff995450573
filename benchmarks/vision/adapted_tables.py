"""Tables of what stage 2 has made, from the results of cells: those of a run, or the published ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from benchmarks.report import Comparison, Number
from benchmarks.vision.paper import TASKS
from benchmarks.vision.rows import ADAPTED
from benchmarks.vision.tables import Results, of

KIND = "adapted"
GROUPS = ("bn1", "layer1", "layer2", "layer3", "layer4")
"""From the picture to the features, as layers are named."""
PARTS = {"weight": "scales", "bias": "offsets"}
JUDGED = {
    "reconstruction": "reconstruction",
    "unmoved": "with the source's keypoints",
    "joints": "joints explained",
    "moving": "keypoints move",
    "apart": "keypoints are apart",
}
"""What stage 2 is judged by on episodes that were held out, as shares; see `agents.vision.keypoints.evaluation`."""


def keypoints(results: Results) -> Comparison:
    """How good the keypoints of each task are, before training and after."""
    table = Comparison("Keypoints", list(JUDGED.values()), unit="%", digits=1)
    for task in _present(results):
        for row, title in ADAPTED.items():
            for found in list(of(results, task, row, KIND).values())[:1]:
                first, last = found["curve"][0], found["curve"][-1]
                for when, note in (("before", first), ("after", last)):
                    for name, column in JUDGED.items():
                        table.put(f"{task}, {title}, {when}", column, Number(note["test"][name]))
    return table


def affine(results: Results) -> Comparison:
    """How far scales and offsets have moved, as shares of how they are spread in their layer, mean of the layers."""
    columns = [f"{group} {called}" for group in GROUPS for called in PARTS.values()]
    table = Comparison("Shift of BatchNorm by stage 2", columns, unit="%", digits=1)
    for task in _present(results):
        for row, title in ADAPTED.items():
            found = of(results, task, row, KIND).values()
            for group in GROUPS:
                for part, called in PARTS.items():
                    shifts = [each for result in found for each in shifts_of(result["layers"], group, part)]
                    if shifts:
                        table.put(f"{task}, {title}", f"{group} {called}", Number(float(np.mean(shifts))))
    return table


def shifts_of(layers: Iterable[Mapping[str, Any]], group: str, part: str) -> list[float]:
    """Root mean square of the change over the standard deviation before, for each layer of a group."""
    return [each[part]["shift"] / each[part]["before"][1] for each in layers if each["name"].split(".")[0] == group]


def _present(results: Results) -> list[str]:
    return [task for task in TASKS if any(fnmatchcase(name, f"{task}/*/seed-*/{KIND}") for name in results)]
