"""The contacts of a clip over time, as a picture."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from hand_envs.files.atomic import replacing
from hand_envs.reconstruction.performing import FINGERS, Course
from hand_envs.reconstruction.report import PRESSES


def draw_contacts(course: Course, path: Path) -> bool:
    """Who touches when, how hard, and how deep things overlap; False without matplotlib."""
    if find_spec("matplotlib") is None:
        return False
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 6.0), layout="constrained")
    who, forces, depths = figure.subplots(3, 1, sharex=True, height_ratios=(2, 3, 1))
    step = float(course.times[1] - course.times[0]) if len(course.times) > 1 else 1.0
    for row, finger in enumerate(FINGERS):
        color = f"C{row}"
        touching = course.times[course.forces[:, row] > PRESSES] - step
        who.broken_barh([(begin, step) for begin in touching], (len(FINGERS) - 1 - row - 0.4, 0.8), color=color)
        forces.plot(course.times, course.forces[:, row], color=color, label=finger)
    resting = course.times[course.rests] - step
    who.broken_barh([(begin, step) for begin in resting], (-1.4, 0.8), color="0.6")
    who.set_yticks(range(-1, len(FINGERS)), ["on the table", *reversed(FINGERS)])
    forces.set_ylabel("force (N)")
    forces.legend(ncols=len(FINGERS), fontsize="small", loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False)
    depths.plot(course.times, 1e3 * course.depths, color="0.3")
    depths.set_ylabel("overlap (mm)")
    depths.set_xlabel("time in the clip (s)")
    with replacing(path) as beside:
        figure.savefig(beside, dpi=120)
    return True
