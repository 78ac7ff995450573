"""`list`, `info`, `bench`: what there is and how fast it runs."""

from __future__ import annotations

import inspect
import json
from typing import Annotated, Any

import gymnasium as gym
import tyro

from hand_envs.cli.run import run
from hand_envs.faces.env import HandEnv
from hand_envs.registry import ENTRIES, Entry, entry

Json = Annotated[bool, tyro.conf.arg(name="json")]


def list_(as_json: Json = False) -> None:
    """The registered environments.

    Args:
        as_json: machine-readable.
    """
    if as_json:
        print(json.dumps([_summary(each) for each in ENTRIES], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "observation", "action", "horizon", "what to do", box=None)
    table.columns[0].no_wrap = True
    for each in ENTRIES:
        summary = _summary(each)
        table.add_row(each.id, summary["observation"], str(summary["actions"]), str(each.horizon or "user"), each.doc)
    console = Console()
    console.print(table, width=None if console.is_terminal else 200)  # in a pipe a line each, for grep


def _summary(each: Entry) -> dict[str, Any]:
    env = _make(each)
    space = env.observation_space
    shapes = (
        {name: list(part.shape or ()) for name, part in space.spaces.items()}
        if isinstance(space, gym.spaces.Dict)
        else {"state": list(space.shape or ())}
    )
    return {
        "id": each.id,
        "family": each.family,
        "hand": each.hand,
        "horizon": each.horizon,
        "observation": ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()),
        "actions": env.episode.sim.model.nu,
        "doc": each.doc,
    }


def info(env_id: tyro.conf.Positional[str], as_json: Json = False) -> None:
    """Everything about one environment: spaces, observation layout, actuators, rewards, success, links.

    Args:
        env_id: such as HandDoor-v0.
        as_json: machine-readable.
    """
    each = entry(env_id)
    env = _make(each)
    model = env.episode.sim.model
    layout = {name: [part.start, part.stop] for name, part in env.observation_layout.items()}
    actuators = [
        {"name": model.actuator(i).name, "control_range": model.actuator_ctrlrange[i].round(6).tolist()}
        for i in range(model.nu)
    ]
    cameras = [model.camera(i).name for i in range(model.ncam)]
    if as_json:
        summary = {**_summary(each), "layout": layout, "actuators": actuators, "cameras": cameras}
        print(json.dumps({**summary, "reward_terms": list(env.episode.terms), "documentation": _page(env)}, indent=2))
        return
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.table import Table

    console = Console()
    console.print(Markdown(f"# {each.id}\n\n{_page(env)}"))
    table = Table("part", "slice", title="observation_layout", box=None, title_justify="left")
    for name, (start, stop) in layout.items():
        table.add_row(name, f"{start}:{stop}")
    console.print(table)
    ranges = Table("actuator", "control range", title="action: -1 to 1, scaled to", box=None, title_justify="left")
    for actuator in actuators:
        low, high = actuator["control_range"]
        ranges.add_row(actuator["name"], f"{low:.3f} to {high:.3f}")
    console.print(ranges)
    console.print(f"\nobservation    {_shown(env.observation_space)}")
    console.print(f"action         {env.action_space}")
    console.print(f"reward terms   {', '.join(env.episode.terms)}")
    console.print(f"cameras        {', '.join(cameras)}")
    console.print(f"made by        gym.make({each.id!r}), gym.make_vec({each.id!r}, num_envs=64)")
    console.print(f"documentation  docs/environments/{each.id}.md")
    if each.baseline:
        console.print(f"baseline       {each.baseline}")


def _shown(space: gym.Space[Any]) -> str:
    parts = space.spaces if isinstance(space, gym.spaces.Dict) else {"": space}
    return ", ".join(f"{name} {part.dtype}{list(part.shape or ())}".strip() for name, part in parts.items())


def _page(env: HandEnv) -> str:
    """The task's docstring, less its arguments, which the environment's page has as a table."""
    return (inspect.getdoc(type(env.task)) or "").split("\nArgs:\n")[0]


def _make(each: Entry) -> HandEnv:
    env = gym.make(each.id, disable_env_checker=True).unwrapped
    assert isinstance(env, HandEnv)
    return env


def bench(arguments: tyro.conf.Positional[tuple[str, ...]] = ()) -> None:
    """Measure throughput; the same as `hand-envs run benchmarks.throughput`, whose arguments it takes."""
    run(("benchmarks.throughput", *arguments))
