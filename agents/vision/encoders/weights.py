"""Strangers' checkpoints, in the layouts they are published in: read without running anything, and used whole.

A network lies in a checkpoint under some prefix (`module.convnet.` in R3M's, `main_encoder.` in FrankMocap's), which is
found by its first convolution. Of what lies there, everything must be a weight of the architecture, or one of the heads
that publishers put on top: a ResNet-101 is no ResNet-50.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.common import checkpoints
from agents.common.imports import need
from agents.vision.encoders.architectures import build, check_variances
from agents.vision.encoders.config import EncoderConfig
from agents.vision.encoders.vit import fitted
from hand_envs.errors import DatasetError
from hand_envs.files.reading import reading

torch: Any = need("torch")
Tensor = Any

_CONTAINERS = ("model", "state_dict", "model_state_dict", "r3m", "network")
_FIRST = {"resnet": ("conv1.weight", (64, 3, 7, 7)), "vit": ("patch_embed.proj.weight", None)}
HEADS = (
    *("fc.", "fc1.", "fc2.", "head.", "pre_logits."),  # classifiers
    *("decpose.", "decshape.", "deccam.", "init_pose", "init_shape", "init_cam"),  # FrankMocap's body
    *("deconv_layers.", "final_layer", "mh_attn.", "sup_", "unsup_", "pe."),  # H-InDex's keypoints
    *("mask_token", "decoder_"),  # masked autoencoders
)
"""What may lie beside a network's own weights."""
_MOST = 4 * 2**30  # bytes
_SHARED = 4
"""Tensors may share their numbers, but not many do."""
_SHOWN = 3
_REMEDY = " (Only tensors are read: of a checkpoint that holds more, and that you trust, save the state_dict alone.)"


def load_published(config: EncoderConfig, path: Path) -> Any:
    """A network with the weights of somebody's checkpoint."""
    network = build(config)
    stored = read_tensors(path)
    with reading(path):
        checkpoints.load_weights(network, selected(stored, network.state_dict(), config))
        check_variances(network)
    return network


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a checkpoint by their names; nothing in it is run."""
    if not path.is_file():
        raise DatasetError(f"There is no file {path}.")
    with reading(path, _REMEDY):
        if path.stat().st_size > _MOST:
            raise ValueError(f"it has {path.stat().st_size:,} bytes, more than the {_MOST:,} that are read")
        stored = _safetensors(path) if path.suffix == ".safetensors" else checkpoints.tensors(path, older=True)
        found = _flat(stored)
        if sum(value.nbytes for value in found.values()) > _SHARED * path.stat().st_size:
            raise ValueError("its tensors stand for more numbers than it has bytes for")
        return {name: value.float() if value.is_floating_point() else value for name, value in found.items()}


def selected(stored: Mapping[str, Tensor], own: Mapping[str, Tensor], config: EncoderConfig) -> dict[str, Tensor]:
    """Of a checkpoint's tensors those of a network, under its own names; a ValueError where they are others'."""
    prefix = _prefix(stored, config.architecture)
    found = {name.removeprefix(prefix): value for name, value in stored.items() if name.startswith(prefix)}
    odd = [name for name in found if name not in own and not name.startswith(HEADS)]
    counts = {name: value for name, value in own.items() if name.endswith("num_batches_tracked")}
    missing = [name for name in own if name not in found and name not in counts]
    if odd or missing:
        raise ValueError(
            f"it is no {config.architecture}: {_listed('it lacks', missing)}{_listed('it has', odd)} (under {prefix!r})"
        )
    return fitted({name: found.get(name, counts.get(name)) for name in own}, config.size)


def _prefix(stored: Mapping[str, Tensor], architecture: str) -> str:
    """What stands before the names of the network."""
    first, shape = _FIRST["vit" if architecture.startswith("vit") else "resnet"]
    fits = [
        name.removesuffix(first)
        for name, value in stored.items()
        if (name == first or name.endswith(f".{first}")) and shape in (None, tuple(value.shape))
    ]
    if len(fits) != 1:
        raise ValueError(f"it has {len(fits) or 'no'} tensors named {first} of a {architecture}, not one")
    return fits[0]


def _flat(stored: Any) -> dict[str, Tensor]:
    """The tensors of a checkpoint, which may lie a level deeper beside a training's state."""
    if not isinstance(stored, Mapping):
        raise ValueError("it holds no weights by name")
    inside = next((stored[name] for name in _CONTAINERS if isinstance(stored.get(name), Mapping)), stored)
    return {str(name): value for name, value in inside.items() if isinstance(value, torch.Tensor)}


def _safetensors(path: Path) -> Any:
    return need("safetensors.torch").load_file(path)


def _listed(what: str, names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{what} {', '.join(names[:_SHOWN])}{more}; "
