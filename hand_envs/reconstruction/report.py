"""What is to be said of a clip that was played: who holds when, how hard, what slips, and how deep things overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from hand_envs.poses.conventions import FINGERS as HUMAN
from hand_envs.poses.conventions import JOINTS, PARENTS
from hand_envs.reconstruction.performing import FINGERS, Course

Array = np.ndarray

PRESSES = 0.05
"""N from which on a finger touches."""
_SHORTEST = 3  # steps of a hold
_DEEP = 8.0  # mm: skin and flesh give way by less
_DECIMALS = 3


def contact_report(course: Course) -> dict[str, Any]:
    """Numbers as a file holds them: N, mm, degrees, s."""
    touches = course.forces > PRESSES
    held = [_hold(course, begin, end) for begin, end in _holds(touches, course.rests)]
    return {
        "success": course.success,
        "unstable": course.unstable,
        "deepest_penetration_mm": _round(1e3 * course.depths.max()),
        "penetration_95_percent_mm": _round(1e3 * np.quantile(course.depths, 0.95)),
        "pose_error_mm": _round(1e3 * course.pose_error[-1]),
        "holds": held,
        "fingers": {
            finger: {
                "touches": _spans(course.times, touches[:, column]),
                "mean_force_N": _round(_mean(course.forces[:, column], touches[:, column])),
                "largest_force_N": _round(course.forces[:, column].max()),
            }
            for column, finger in enumerate(FINGERS)
        },
        "over_time": {
            "time_s": _row(course.times),
            "force_N": {finger: _row(course.forces[:, column]) for column, finger in enumerate(FINGERS)},
            "penetration_mm": _row(1e3 * course.depths),
            "on_table": course.rests.tolist(),
        },
    }


def bones_report(person: Array, model: Array) -> dict[str, Any]:
    """Lengths (mm) of the person's bones, the median over frames (t, 21, 3), beside those of the model (21, 3)."""
    measured, built = np.median(_lengths(person), axis=0), _lengths(model)
    palm = [number for number, joint in enumerate(JOINTS[1:]) if joint.endswith("_mcp") and PARENTS[number + 1] == 0]
    fingers = {name: _of_finger(name) for name in HUMAN}
    return {
        "bones_mm": {
            joint: [_round(1e3 * a), _round(1e3 * b)] for joint, a, b in zip(JOINTS[1:], measured, built, strict=True)
        },
        "parts_mm": {
            "palm": [_round(1e3 * measured[palm].mean()), _round(1e3 * built[palm].mean())],
            **{name: [_round(1e3 * each[rows].sum()) for each in (measured, built)] for name, rows in fingers.items()},
        },
    }


def text(report: dict[str, Any]) -> str:
    """A report as a page to read."""
    lines = [*report["notes"], "", f"{'':8}{'touches (s)':30}{'mean (N)':>10}{'most (N)':>10}"]
    for finger, each in report["contacts"]["fingers"].items():
        spans = ", ".join(f"{begin:.2f}-{end:.2f}" for begin, end in each["touches"]) or "never"
        spans = spans if len(spans) <= 29 else f"{len(each['touches'])} times, {_whole(each['touches'])}"
        lines.append(f"{finger:8}{spans:30}{each['mean_force_N']:10.1f}{each['largest_force_N']:10.1f}")
    contacts = report["contacts"]
    lines += ["", *(_hold_line(hold) for hold in contacts["holds"])]
    if not contacts["holds"]:
        lines.append("Nothing was held: at no time was the object in the hand alone.")
    lines += [
        f"Deepest penetration {contacts['deepest_penetration_mm']:.1f} mm, within "
        f"{contacts['penetration_95_percent_mm']:.1f} mm in 95 % of the steps.",
        f"The hand's 21 points are {contacts['pose_error_mm']:.1f} mm from those that were seen, on average.",
        f"At the end the object {'is' if contacts['success'] else 'is not'} held.",
    ]
    if contacts["deepest_penetration_mm"] > _DEEP:
        lines.append("The hand is deep in the object: is the object where it was, as large, and the hand where it was?")
    if contacts["unstable"]:
        lines.append("The simulation blew up and was ended there: is the object much larger or heavier than it is?")
    lines += ["", f"{'':8}{'person':>10}{'model':>10}   lengths (mm)"]
    lines += [f"{part:8}{a:10.0f}{b:10.0f}" for part, (a, b) in report["bones"]["parts_mm"].items()]
    return "\n".join(lines) + "\n"


def _hold_line(hold: dict[str, Any]) -> str:
    return (
        f"Held from {hold['from_s']:.2f} to {hold['to_s']:.2f} s by {', '.join(hold['by'])} with "
        f"{hold['mean_force_N']:.1f} N in all; in the hand it slipped by {hold['slip_mm']:.1f} mm and turned by "
        f"{hold['turned_degrees']:.0f} degrees."
    )


def _holds(touches: Array, rests: Array) -> list[tuple[int, int]]:
    """Runs of steps in which two parts of the hand touch the object and the table does not, as [begin, end)."""
    runs = _runs((touches.sum(axis=1) >= 2) & ~rests)
    return [(begin, end) for begin, end in runs if end - begin >= _SHORTEST]


def _hold(course: Course, begin: int, end: int) -> dict[str, Any]:
    rows = slice(begin, end)
    moved = np.linalg.norm(course.places[rows] - course.places[begin], axis=1)
    cosine = (np.einsum("tij,ij->t", course.turns[rows], course.turns[begin]) - 1.0) / 2.0
    shares = (course.forces[rows] > PRESSES).mean(axis=0)
    return {
        "from_s": _round(course.times[begin]),
        "to_s": _round(course.times[end - 1]),
        "by": [finger for finger, share in zip(FINGERS, shares, strict=True) if share >= 0.5],
        "mean_force_N": _round(course.forces[rows].sum(axis=1).mean()),
        "slip_mm": _round(1e3 * moved.max()),
        "slip_at_end_mm": _round(1e3 * moved[-1]),
        "turned_degrees": _round(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))).max()),
    }


def _runs(flags: Array) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _spans(times: Array, flags: Array) -> list[list[float]]:
    return [[_round(times[begin]), _round(times[end - 1])] for begin, end in _runs(flags)]


def _whole(spans: list[list[float]]) -> str:
    return f"{spans[0][0]:.2f}-{spans[-1][1]:.2f}"


def _mean(values: Array, where: Array) -> float:
    return float(values[where].mean()) if where.any() else 0.0


def _lengths(points: Array) -> Array:
    return np.asarray(np.linalg.norm(points[..., 1:, :] - points[..., PARENTS[1:], :], axis=-1))


def _of_finger(name: str) -> list[int]:
    """The bones beyond a finger's first joint."""
    joints = [number for number, joint in enumerate(JOINTS[1:]) if joint.startswith(name)]
    return joints[1:]


def _round(number: Any) -> float:
    return round(float(number), _DECIMALS)


def _row(values: Array) -> list[float]:
    return [_round(value) for value in values]
