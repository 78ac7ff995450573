"""`doctor`: what works on this machine, and how to mend what does not."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from hand_envs.cli.browse import Json
from hand_envs.core.simulation import Simulation, cores
from hand_envs.errors import RenderingError
from hand_envs.files import paths
from hand_envs.rendering import Camera, Look, gl_backend

IMITATION_COMMAND = "pip install --no-deps imitation==1.0.1"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, or not, or optional and absent (None), with what to do."""

    what: str
    fine: bool | None
    detail: str
    remedy: str = ""


def doctor(gl: bool = False, as_json: Json = False) -> None:
    """Check this machine: versions, GL, threads, optional packages, data. Exits with 1 if something needed is broken.

    Args:
        gl: check GL only.
        as_json: machine-readable.
    """
    findings = [_gl()] if gl else [_python(), *_packages(), _threads(), _gl(), _display(), *_optional(), *_data()]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print(findings)
    if any(finding.fine is False for finding in findings):
        sys.exit(1)


def _print(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    marks = {True: "[green]ok[/]", False: "[red]broken[/]", None: "[dim]absent[/]"}
    table = Table("", "what", "", "remedy", box=None)
    for finding in findings:
        table.add_row(marks[finding.fine], finding.what, escape(finding.detail), escape(finding.remedy))
    Console().print(table)


def _python() -> Finding:
    return Finding("python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _packages() -> list[Finding]:
    names = ("hand-envs", "mujoco", "gymnasium", "gymnasium-robotics", "numpy", "minari")
    return [_package(name, f"pip install {name}", needed=True) for name in names]


def _optional() -> list[Finding]:
    commands = {
        "torch": "pip install 'hand-envs[agents]'",
        "stable-baselines3": "pip install 'hand-envs[agents]'",
        "sb3-contrib": "pip install 'hand-envs[agents]'",
        "imitation": IMITATION_COMMAND,
        "trimesh": "pip install 'hand-envs[objects]'",
        "coacd": "pip install 'hand-envs[objects]'",
        "ray": "pip install 'hand-envs[ray]'",
        "transformers": "pip install 'hand-envs[vision]'",
        "moviepy": "pip install 'hand-envs[video]', for gymnasium's RecordVideo; `hand-envs record` needs none",
        "envpool": "pip install 'hand-envs[bench]'",
    }
    return [_package(name, command, needed=False) for name, command in commands.items()]


def _package(name: str, command: str, needed: bool) -> Finding:
    try:
        return Finding(name, True, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, False if needed else None, "not installed", command)


def _threads() -> Finding:
    return Finding("threads", True, f"{cores()} usable cores: HandVectorEnv steps on as many threads")


def _gl() -> Finding:
    """Draw a picture: the only test of GL that means anything."""
    import mujoco

    spec = mujoco.MjSpec()
    spec.worldbody.add_light(name="light", pos=[0, 0, 3])
    spec.worldbody.add_geom(name="ball", size=[0.5, 0, 0])
    try:
        backend = gl_backend()
        camera = Camera(Simulation(spec), Look(None, 32, 32, pretty=False))
        lit = int(camera.picture(0).max())
        camera.close()
    except RenderingError as error:
        return Finding("GL", False, "no picture can be drawn", str(error))
    if lit == 0:
        return Finding("GL", False, f"{backend} draws black pictures", "Try MUJOCO_GL=egl, osmesa or glfw.")
    return Finding("GL", True, f"{backend}, MUJOCO_GL is {os.environ.get('MUJOCO_GL', 'not set')}")


def _display() -> Finding:
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform != "linux" or shown:
        return Finding("display", True, shown or "")
    return Finding("display", None, "none, so no windows", "render_mode='rgb_array' and `hand-envs record` need none")


def _data() -> list[Finding]:
    folder = paths.data_folder()
    minari = Path(os.environ.get("MINARI_DATASETS_PATH") or Path.home() / ".minari" / "datasets")
    datasets = [path.parent.parent for path in minari.glob("**/data/metadata.json")] if minari.is_dir() else []
    names = ", ".join(sorted(str(path.relative_to(minari)) for path in datasets))
    install = "`hand-envs demos install` copies the suite's own there; hand_envs finds these without"
    findings = [Finding("Minari datasets", bool(datasets) or None, names or f"none in {minari}", install)]
    if folder is None:
        remedy = "to use data of your own, set it to their folder"
        return [*findings, Finding(paths.VARIABLE, None, "not set", remedy)]
    if not folder.is_dir():
        return [*findings, Finding(paths.VARIABLE, False, f"{folder} is not a folder", "correct or unset it")]
    have = [name for name, there in paths.found().items() if there]
    return [*findings, Finding(paths.VARIABLE, True, f"{folder}: {', '.join(have) or 'nothing that is known'}")]
