"""python -m agents.common.export FOLDER: an agent as a file that the suite runs without torch (`hand-envs play`)."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tyro

from hand_envs.cli.guard import guarded
from hand_envs.files import atomic
from hand_envs.live.policy import NAME

if TYPE_CHECKING:
    from agents.common.agent import SavedPolicy


@dataclass(frozen=True)
class Command:
    """Write policy.npz: an agent's policy for NumPy."""

    agent: tyro.conf.Positional[Path]
    """The folder a training wrote, or one of assets/agents."""
    to: Path | None = None
    """The file to write; policy.npz in the agent's folder by default."""


def arrays(policy: SavedPolicy, config: dict[str, Any]) -> dict[str, Any]:
    """What the file holds: see `hand_envs.live.policy`."""
    network = policy.policy
    layers = [each for each in network.mlp_extractor.policy_net if hasattr(each, "weight")] + [network.action_net]
    parts: dict[str, Any] = {
        "mean": policy.mean,
        "variance": policy.variance,
        "low": network.action_space.low,
        "high": network.action_space.high,
        "actuators": np.asarray(policy.actuators, np.int64),
        "width": np.array(policy.width),
        "env": np.array(str(config.get("env", ""))),
    }
    for number, layer in enumerate(layers):
        parts[f"weight{number}"] = layer.weight.detach().numpy()
        parts[f"bias{number}"] = layer.bias.detach().numpy()
    if config.get("residual", False):
        parts["limit"] = np.array(float(dict(config.get("options", {})).get("limit", 0.2)))
    return parts


def export(folder: str | Path, to: str | Path | None = None) -> Path:
    """Write the policy in an agent's folder as `policy.npz`; nothing in the folder is run, so it may be anybody's."""
    from agents.common import checkpoints
    from agents.common.agent import SavedPolicy

    policy = SavedPolicy.load(folder)
    content = io.BytesIO()
    np.savez(content, **arrays(policy, checkpoints.read(folder, "config.json")))
    return atomic.write_bytes(Path(to) if to else atomic.standing(folder) / NAME, content.getvalue())


def main(arguments: list[str] | None = None) -> int:
    """Export; returns the exit status."""
    command = tyro.cli(Command, args=arguments)
    return guarded(lambda: print(export(command.agent, command.to)))


if __name__ == "__main__":
    sys.exit(main())
