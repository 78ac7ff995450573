"""Checkpoints: folders of plain files that hold numbers and text, so that a stranger's can be loaded.

Whatever is wrong with a file, the error is a `DatasetError` that names it (`files.reading`). Nothing in a file is run,
and nothing is allocated that the file has no bytes for.
"""

from __future__ import annotations

import functools
import importlib.metadata
import io
import json
import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agents.common.imports import need
from hand_envs.errors import DatasetError
from hand_envs.files import atomic
from hand_envs.files.reading import read_json, read_npz, reading

torch: Any = need("torch")

Part = Mapping[str, Any]
_PACKAGES = ("hand-envs", "mujoco", "numpy", "gymnasium", "torch", "stable-baselines3", "imitation")
_LARGEST_PICKLE = 2**22  # bytes
_ARRAYS = "biufU"  # numbers, and the text that random generators are stored as
_KINDS = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
_PICKLED = {"torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter", "collections OrderedDict"} | {
    f"torch {kind}Storage" for kind in _KINDS
}
"""All that a file of tensors names; of anything else, none is needed."""
_OLDER = 0x1950A86A20F9469CFC6C
"""What the older format begins with."""
_HALVES = (torch.float16, torch.bfloat16)


def write(folder: Path, parts: Part) -> Path:
    """Write a checkpoint so that it is either there whole or not at all.

    Args:
        folder: where; one that is there already is replaced.
        parts: by file name: tensors for `.pt`, arrays for `.npz`, plain data for `.json`.
    """
    with atomic.replacing_folder(folder) as making:
        for name, part in {**parts, "versions.json": versions()}.items():
            _write_part(making / name, part)
    return folder


def _write_part(path: Path, part: Any) -> None:
    try:
        if path.suffix == ".pt":
            torch.save(part, path)
        elif path.suffix == ".npz":
            np.savez(path, **part)
        else:
            path.write_text(json.dumps(part, indent=2) + "\n")
    except RuntimeError as error:  # torch's name for a full disk
        raise OSError(f"{path.name}: {error}") from error


def read(folder: str | Path, name: str) -> Any:
    """One part of a checkpoint. Nothing in it is ever run."""
    path = atomic.standing(folder) / name
    if not path.is_file():
        raise DatasetError(f"{folder} is no checkpoint: it has no {name}.")
    with reading(path):
        if path.suffix == ".pt":
            return tensors(path)
        if path.suffix == ".npz":
            return read_npz(path, path.stat().st_size, kinds=_ARRAYS)  # they are stored as they are
        return read_json(path)


def tensors(path: Path, older: bool = False) -> Any:
    """The content of a file of torch's: tensors in lists and tables, and plain data; anything else is a ValueError.

    Args:
        path: of the file.
        older: read torch's format of before 2020 too.
    """
    if older and not zipfile.is_zipfile(path):
        _check_older(path)
    else:
        _check_tensors(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _check_zip(path: Path) -> list[zipfile.ZipInfo]:
    """A zip file whose members are stored as they are: it cannot hold more than it has bytes for."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if any(each.compress_type != zipfile.ZIP_STORED for each in members):
            raise ValueError("it is compressed, which such a file never is")
        if sum(each.file_size for each in members) > path.stat().st_size:
            raise ValueError("its parts claim to be larger than the file")
        if torn := archive.testzip():
            raise ValueError(f"{torn} is torn")
    return members


def _check_tensors(path: Path) -> None:
    """A file that names nothing but tensors, and has the bytes of each."""
    members = {each.filename: each.file_size for each in _check_zip(path)}
    pickled = next((each for each in members if each.endswith("data.pkl")), None)
    if pickled is None or members[pickled] > _LARGEST_PICKLE:
        raise ValueError("it is no file of tensors")
    with zipfile.ZipFile(path) as archive:
        for code, argument, _ in pickletools.genops(archive.read(pickled)):
            _check_code(code.name, argument)


def _check_older(path: Path) -> None:
    """The same for the older format: a number by which it is known, four small pickles, then the tensors' bytes."""
    with path.open("rb") as file:
        pickles = io.BytesIO(file.read(_LARGEST_PICKLE))  # in which a text of gigabytes ends where these do
    if _OLDER not in [argument for _, argument, _ in pickletools.genops(pickles)]:
        raise ValueError("it is no file of tensors")
    numbers, last = 0, 0
    for _ in range(4):
        for code, argument, _ in pickletools.genops(pickles):
            _check_code(code.name, argument)
            last = argument if isinstance(argument, int) else last
            if code.name == "BINPERSID":  # a tensor's bytes, how many of which is the last that was named
                numbers += last
    if numbers > path.stat().st_size:
        raise ValueError("its tensors claim to be larger than the file")


def _check_code(code: str, argument: Any) -> None:
    """Refuse what a pickle of tensors does not need."""
    if code == "STACK_GLOBAL" or (code == "GLOBAL" and argument not in _PICKLED):
        raise ValueError(f"it names {argument or 'something'}, which is no tensor")
    if code in ("INST", "OBJ", "NEWOBJ", "EXT1", "EXT2", "EXT4"):
        raise ValueError(f"it makes an object ({code}), which is no tensor")


def load_weights(module: Any, state: Any) -> None:
    """Give a network stored weights, of its own shapes and finite; leaves it as it is if they are not."""
    own = module.state_dict()
    if not isinstance(state, Mapping) or own.keys() != state.keys():
        raise ValueError("its weights are of another network")
    for name, value in own.items():
        given = state[name]
        if not isinstance(given, torch.Tensor) or given.shape != value.shape or given.dtype != value.dtype:
            raise ValueError(f"{name} must be {value.dtype} {tuple(value.shape)}, it is {_short(given)}")
        if not torch.isfinite(given).all():
            raise ValueError(f"{name} holds values that are not finite")
    module.load_state_dict(state)


def halved(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Matrices in half precision, for a file; vectors, which may be statistics beyond its range, as they are."""
    return {
        name: (value.half() if value.is_floating_point() and value.ndim > 1 else value).contiguous()
        for name, value in weights.items()
    }


def full(stored: Any) -> dict[str, Any]:
    """Weights of a file as networks take them, in single precision."""
    if not isinstance(stored, Mapping):
        raise ValueError("it holds no weights")
    return {name: value.float() if _is_half(value) else value for name, value in stored.items()}


def _is_half(value: Any) -> bool:
    """Whether it is in half precision, and stands for no more numbers than there are."""
    half = isinstance(value, torch.Tensor) and value.dtype in _HALVES
    return half and value.nbytes <= value.untyped_storage().nbytes()


def load_optimizer(optimizer: Any, state: Any) -> None:
    """Give an optimizer its stored state, of its own shapes and settings."""
    before = [{**group, "params": None, "lr": None} for group in optimizer.param_groups]
    settings = optimizer.state_dict()
    try:
        optimizer.load_state_dict(state)
        after = [{**group, "params": None, "lr": None} for group in optimizer.param_groups]
        if before != after:
            raise ValueError("its optimizer has other settings")
        for parameter, kept in optimizer.state.items():
            if kept.keys() != {"step", "exp_avg", "exp_avg_sq"}:
                raise ValueError("its optimizer is of another kind")
            for name in ("exp_avg", "exp_avg_sq"):
                if kept[name].shape != parameter.shape or not torch.isfinite(kept[name]).all():
                    raise ValueError(f"{name} does not fit {tuple(parameter.shape)}, or is not finite")
            if not 0 <= float(kept["step"]) < 1e15:
                raise ValueError(f"{float(kept['step'])} is no number of steps")
    except Exception:
        optimizer.load_state_dict(settings)
        raise


def finite(name: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """An array of numbers of this shape, all finite."""
    array = np.asarray(value)
    if array.shape != shape or array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be numbers of shape {shape}, it is {array.dtype} {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite")
    return array


def _short(value: Any) -> str:
    return f"{value.dtype} {tuple(value.shape)}" if isinstance(value, torch.Tensor) else f"{value!r:.40}"


@functools.cache
def versions() -> dict[str, str]:
    """What made a checkpoint."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
