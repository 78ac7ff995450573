"""Make what documents say from the registry and from results: `make docs`.

From the registry and the tasks' docstrings come the environment pages and pictures, from `benchmarks/results` the
tables and figures of the README. `--check` makes nothing, and exits with 1 if something is not what it would be.
"""

from __future__ import annotations

import inspect
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import gymnasium as gym
import numpy as np
import tyro

from benchmarks import documents
from hand_envs.core.simulation import Simulation
from hand_envs.faces.env import HandEnv
from hand_envs.hands.built import hand_scene
from hand_envs.hands.profile import names, profile
from hand_envs.images.sheet import of_people
from hand_envs.registry import ENTRIES, Entry
from hand_envs.rendering import Camera, Look, save_picture, strip

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "environments"
WITH_RESULTS = (
    ROOT / "README.md",
    ROOT / "docs" / "architecture.md",
    ROOT / "docs" / "deft.md",
    ROOT / "docs" / "hands_from_video.md",
    ROOT / "docs" / "live.md",
    ROOT / "docs" / "poses.md",
    ROOT / "docs" / "retargeting.md",
    ROOT / "docs" / "vision.md",
    ROOT / "assets" / "README.md",
)
"""Documents that say what benchmarks gave."""
HEADER = "<!-- Made by docs/generate.py from the registry and the task's docstring: change those. -->"


@dataclass(frozen=True)
class Options:
    """What to make."""

    check: bool = False
    """Only say which are out of date."""
    pictures: bool = True
    """Draw the pictures too."""


def made(entry: Entry, **options: object) -> HandEnv:
    """The environment of an entry."""
    env = gym.make(entry.id, disable_env_checker=True, **options).unwrapped
    assert isinstance(env, HandEnv)
    return env


def page(entry: Entry) -> str:
    """The page of an environment."""
    env = made(entry)
    parts = [
        HEADER,
        f"# {entry.id}",
        f"![{entry.id}]({entry.id}.png)",
        f'```python\nimport gymnasium as gym, hand_envs\n\nenv = gym.make("{entry.id}")\n'
        f'envs = gym.make_vec("{entry.id}", num_envs=64)\n```',
        _visual(env) if entry.visual else "",
        _user(entry) if entry.has_user else "",
        _body(env),
        _options(env, entry),
        _table("Layout of the state" if entry.visual else "Observation layout", ("part", "slice"), _layout(env)),
        _table("Actuators", ("actuator", "lowest", "highest"), _actuators(env)),
        f"## Cameras\n{', '.join(_cameras(env))}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _visual(env: HandEnv) -> str:
    own = ", ".join(f"`{name}`" for name in env.task.proprioception)
    return (
        "Observed through pixels: a dict of `image`, (height, width, 3) uint8, and `proprio`, the parts of the state "
        f"that a hand knows of itself: {own}. Camera and size are chosen by `pixels=`, by default "
        f'`pixels={{"camera": "{env.task.pixel_camera}", "width": 128, "height": 128}}`; `"light": True` draws fewer '
        'faces, which takes half the time, and `"background": 1` to `5` are other surroundings. The rest is the task '
        "as below, whose table of observations is that of the state."
    )


def _user(entry: Entry) -> str:
    return (
        f"The task is that of [{entry.base}]({entry.base}.md); here a user acts in it, and the agent corrects the user."
    )


def _body(env: HandEnv) -> str:
    """The task's docstring, less its arguments."""
    return (inspect.getdoc(type(env.task)) or "").split("\nArgs:\n")[0]


def _options(env: HandEnv, entry: Entry) -> str:
    parameters = inspect.signature(type(env.task)).parameters.values()
    named = [p for p in parameters if p.default is not p.empty]
    described = _descriptions(type(env.task))
    default = {p.name: entry.options.get(p.name, p.default) for p in named}
    if not described:
        return _table(
            "Options", ("option", "default"), [(f"`{name}`", f"`{value!r}`") for name, value in default.items()]
        )
    rows: list[tuple[str, ...]] = [
        (f"`{name}`", f"`{value!r}`", described.get(name, "")) for name, value in default.items()
    ]
    rows += [("", "", f"and those of the task: {described[name]}") for name in described if name.startswith("**")]
    return _table("Options", ("option", "default", ""), rows)


def _descriptions(task: type) -> dict[str, str]:
    """What a class docstring says of each argument."""
    _, _, section = (inspect.getdoc(task) or "").partition("\nArgs:\n")
    found: dict[str, str] = {}
    for line in section.splitlines():
        name, colon, text = line.strip().partition(": ")
        if line.startswith("    ") and not line.startswith("     ") and colon:
            found[name.replace("\\", "")] = text
        elif found:
            found[next(reversed(found))] += f" {line.strip()}"
    return found


def _layout(env: HandEnv) -> list[tuple[str, ...]]:
    return [(name, f"{part.start}:{part.stop}") for name, part in env.observation_layout.items()]


def _actuators(env: HandEnv) -> list[tuple[str, ...]]:
    model = env.episode.sim.model
    return [(model.actuator(i).name, *(f"{end:.3f}" for end in model.actuator_ctrlrange[i])) for i in range(model.nu)]


def _cameras(env: HandEnv) -> list[str]:
    model = env.episode.sim.model
    return [f"`{model.camera(number).name}`" for number in range(model.ncam)]


def _table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [" | ".join(row) for row in (head, ("---",) * len(head), *rows)]
    return f"## {title}\n" + "\n".join(f"| {line} |" for line in lines)


def index() -> str:
    """The list of all environments."""
    rows: list[tuple[str, ...]] = [(f"[{entry.id}]({entry.id}.md)", entry.hand, entry.doc) for entry in ENTRIES]
    return f"{HEADER}\n\n# Environments\n\n" + _table("All", ("id", "hand", "what to do"), rows) + "\n"


def pages() -> dict[Path, str]:
    """All pages by their file."""
    found = {FOLDER / "index.md": index(), **{FOLDER / f"{entry.id}.md": page(entry) for entry in ENTRIES}}
    return found | {path: documents.filled(path.read_text()) for path in WITH_RESULTS}


def draw(entry: Entry) -> None:
    """The picture of an environment: a view for people, or what a visual one observes."""
    if entry.visual:
        observation, _ = made(entry, pixels={"width": 256, "height": 256}).reset(seed=3)
        picture = observation["image"]
    else:
        env = made(entry, render_mode="rgb_array", width=640, height=420)
        env.reset(seed=3)
        picture = env.render()
    save_picture(FOLDER / f"{entry.id}.png", picture)


def draw_family(family: str) -> None:
    """All tasks of a family side by side, for the README."""
    pictures = []
    for entry in ENTRIES:
        if entry.family == family and entry.plain:
            env = made(entry, render_mode="rgb_array", width=400, height=300)
            env.reset(seed=3)
            pictures.append(env.render())
            env.close()
    save_picture(ROOT / "docs" / f"{family}.png", grid(pictures))


def draw_robot_hands() -> np.ndarray:
    """Each robot hand in a row: open, seen from its back and its palm, and closed."""
    views = (((0.25, 0.30, 0.50), "home"), ((0.3, 0.25, -0.02), "home"), ((0.2, 0.4, 0.15), "closed"))
    rows = []
    for name in names():
        hand, pictures = profile(name), []
        for eye, pose in views:
            motors = getattr(hand, pose)
            sim = Simulation(hand_scene(hand, eye, (0.07, 0.0, 0.19)))
            sim.qpos[0, 6:], sim.ctrl[0, 6:] = hand.joint_angles(motors), motors
            sim.forward()
            camera = Camera(sim, Look("overview", width=400, height=320))
            pictures.append(camera.picture(0))
            camera.close()
        rows.append(strip(pictures))
    return np.concatenate(rows)


def grid(pictures: list[np.ndarray]) -> np.ndarray:
    """Pictures of one size in rows: one row of up to four, a square of more; what is left over is white."""
    columns = len(pictures) if len(pictures) <= 4 else math.ceil(math.sqrt(len(pictures)))
    blank = np.full_like(pictures[0], 255)
    pictures = pictures + [blank] * (-len(pictures) % columns)
    return np.concatenate([strip(pictures[first : first + columns]) for first in range(0, len(pictures), columns)])


def main(options: Options) -> None:
    """Make or check the pages."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text() != text]
    outdated = [figure for figure in documents.drawings() if figure.stale(ROOT)]
    if options.check:
        if names := [path.name for path in stale] + [figure.path for figure in outdated]:
            sys.exit(f"Out of date, run `make docs`: {', '.join(names)}")
        return
    FOLDER.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text)
    for figure in outdated:
        figure.redraw(ROOT)
    if options.pictures:
        for entry in ENTRIES:
            draw(entry)
        for family in dict.fromkeys(entry.family for entry in ENTRIES if entry.plain):
            draw_family(family)
        save_picture(ROOT / "docs" / "hand_images.png", of_people(people=5))
        save_picture(ROOT / "docs" / "robot_hands.png", draw_robot_hands())
    print(f"{len(ENTRIES)} pages in {FOLDER}")


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
