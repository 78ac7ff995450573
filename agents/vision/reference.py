"""Which encoder an agent sees with, as its folder says: by name, by what differs from a named one, or a copy.

`encoder.json` names the encoder it begins with; `encoder.pt` has what differs from that one, and for somebody's own
everything. Convolutions are in half precision, normalisations in single, and nothing in either is run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.common import checkpoints
from agents.common.imports import need
from agents.vision.encoders.architectures import build, check_variances
from agents.vision.encoders.config import EncoderConfig
from agents.vision.encoders.encoder import DEFAULT, Encoder
from hand_envs.errors import DatasetError
from hand_envs.files.reading import reading
from hand_envs.files.shipped import shipped_or_none

torch: Any = need("torch")

_NAMED = ("default", "random")  # whoever has the suite has these


def digest(weights: Mapping[str, Any]) -> str:
    """What tells weights from others."""
    found = hashlib.sha256()
    for name in sorted(weights):
        found.update(name.encode())
        found.update(weights[name].detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def parts_of(encoder: Encoder, name: str) -> dict[str, Any]:
    """Files that say which encoder this is, of weights as they were before anything followed.

    Args:
        encoder: in single precision.
        name: by which it was asked for.
    """
    weights = encoder.network.state_dict()
    if name in _NAMED:
        return {"encoder.json": _base(name, weights)}
    if shipped_or_none(DEFAULT) is not None:
        begun = Encoder.named("default")
        before = begun.network.state_dict()
        if _alike(encoder, begun) and before.keys() == weights.keys():
            changed = {key: value for key, value in weights.items() if not torch.equal(value, before[key])}
            if all(value.ndim <= 1 for value in changed.values()):
                return {"encoder.json": _base("default", before), "encoder.pt": changed}
    return {"encoder.json": {"config": encoder.config.as_data()}, "encoder.pt": checkpoints.halved(weights)}


def encoder_in(folder: Path, size: int, precision: str) -> Encoder:
    """The encoder that the folder of an agent says."""
    data = checkpoints.read(folder, "encoder.json")
    with reading(folder / "encoder.json"):
        if not isinstance(data, dict) or not data.keys() <= {"base", "digest", "config"}:
            raise ValueError("it must have a base and its digest, or a config")
        config = EncoderConfig.from_data(data["config"]) if "config" in data else None
        if config is None and data.get("base") not in _NAMED:
            raise ValueError(f"base must be one of {', '.join(_NAMED)}")
    if config is None:
        begun = Encoder.named(data["base"], size=size)
        config, network = begun.config, begun.network
        if digest(network.state_dict()) != data.get("digest"):
            raise DatasetError(
                f"{folder / 'encoder.json'}: the agent was trained with another encoder than {data['base']!r} of this "
                "version of the suite: train it again, or use the version that made it (versions.json)."
            )
    else:
        network = build(config)
    if "config" in data or (folder / "encoder.pt").exists():
        stored = checkpoints.read(folder, "encoder.pt")
        with reading(folder / "encoder.pt"):
            _put_in(network, checkpoints.full(stored), whole="config" in data)
    return Encoder(config, network, precision)


def _put_in(network: Any, stored: Mapping[str, Any], whole: bool) -> None:
    own = network.state_dict()
    if not whole and not stored.keys() <= own.keys():
        raise ValueError("its weights are of another network")
    checkpoints.load_weights(network, stored if whole else {**own, **stored})
    check_variances(network)


def _alike(one: Encoder, other: Encoder) -> bool:
    """Whether they are the same but for weights and names."""
    return {**one.config.as_data(), "name": ""} == {**other.config.as_data(), "name": ""}


def _base(name: str, weights: Mapping[str, Any]) -> dict[str, str]:
    return {"base": name, "digest": digest(weights)}
