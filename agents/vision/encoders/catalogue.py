"""Encoders that others published: what they are, and where their files come from.

None of these files comes with the suite. Pictures are seen whole, at the size that the networks were trained on; the
papers' code draws 256 pixels and keeps the middle 224.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agents.vision.encoders.config import EncoderConfig
from hand_envs.errors import DatasetError
from hand_envs.files.paths import VARIABLE, data_folder

_Colour = tuple[float, ...]
_IMAGENET: tuple[_Colour, _Colour] = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_PLAIN: tuple[_Colour, _Colour] = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
_HALF: tuple[_Colour, _Colour] = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
_CENTRED: tuple[_Colour, _Colour] = (0.406, 0.457, 0.48), (1.0, 1.0, 1.0)
_FRANKMOCAP = "CC BY-NC 4.0; what its hand and body models are made from has terms of its own"
_SIZE = 224
FOLDER = "encoders"


@dataclass(frozen=True)
class Published:
    """An encoder whose weights a user has to fetch."""

    name: str
    about: str
    architecture: str
    file: str
    """What the file is called, in the user's data or where its publishers' code keeps it."""
    source: str
    licence: str
    colours: tuple[_Colour, _Colour]
    """Mean and standard deviation of red, green and blue, from 0 to 1."""
    kept: tuple[str, ...] = ()
    """Where other programs keep it, below the home folder."""

    def config(self, size: int | None = None) -> EncoderConfig:
        """Its architecture and preprocessing, for pictures of its own size or another."""
        mean, std = self.colours
        return EncoderConfig(self.name, self.architecture, size or _SIZE, mean, std)

    def found(self) -> Path:
        """Its file on this machine; the error says how to come by it."""
        for path in self._places():
            if path.is_file():
                return path
        folder = data_folder()
        wanted = (folder / FOLDER if folder else Path(f"${VARIABLE}") / FOLDER) / self.file
        raise DatasetError(
            f"{self.about} needs a file that does not come with the suite: {self.file}, from {self.source} (licence: "
            f"{self.licence}). Put it to {wanted}, or name it by weights='...'."
        )

    def _places(self) -> Iterator[Path]:
        folder = data_folder()
        if folder:
            yield folder / FOLDER / self.file
        for pattern in self.kept:
            yield from sorted(Path.home().glob(pattern))


_ROWS = (
    Published(
        "hindex",
        "H-InDex (its second stage, of one task)",
        "resnet50",
        "hindex.pth",
        "the adapted checkpoints at https://github.com/YanjieZe/H-InDex, one a task",
        f"MIT for the code; the weights began as FrankMocap's: {_FRANKMOCAP}",
        _PLAIN,
    ),
    Published(
        "frankmocap",
        "FrankMocap's hand module",
        "resnet50",
        "pose_shape_best.pth",
        "https://dl.fbaipublicfiles.com/eft/fairmocap_data/hand_module/checkpoints_best/pose_shape_best.pth",
        _FRANKMOCAP,
        _HALF,
    ),
    Published(
        "rrl",
        "RRL (a ResNet-50 trained on ImageNet)",
        "resnet50",
        "resnet50-0676ba61.pth",
        "https://download.pytorch.org/models/resnet50-0676ba61.pth",
        "BSD-3-Clause; ImageNet's terms",
        _IMAGENET,
        (".cache/torch/hub/checkpoints/resnet50-0676ba61.pth", ".cache/torch/hub/checkpoints/resnet50-19c8e357.pth"),
    ),
    Published(
        "r3m",
        "R3M (ResNet-50)",
        "resnet50",
        "r3m_50.pt",
        "model.pt of resnet50 at https://github.com/facebookresearch/r3m",
        "MIT",
        _IMAGENET,
        (".r3m/r3m_50/model.pt",),
    ),
    Published(
        "mvp",
        "MVP (ViT-S, hand-object interactions)",
        "vit_small",
        "mae_pretrain_hoi_vit_small.pth",
        "vits-mae-hoi at https://github.com/ir413/mvp",
        "not stated with the file",
        _IMAGENET,
    ),
    Published(
        "vc1",
        "VC-1 (ViT-B)",
        "vit_base",
        "vc1_vitb.pth",
        "pytorch_model.bin of https://huggingface.co/facebook/vc1-base",
        "CC BY-NC 4.0",
        _IMAGENET,
        (".cache/huggingface/hub/models--facebook--vc1-base/snapshots/*/pytorch_model.bin", ".cortex/vc1_vitb.pth"),
    ),
    Published(
        "body",
        "FrankMocap's body module",
        "resnet50",
        "2020_05_31-00_50_43-best-51.749683916568756.pt",
        "the body module at https://github.com/facebookresearch/frankmocap",
        _FRANKMOCAP,
        _IMAGENET,
    ),
    Published(
        "alphapose",
        "AlphaPose (FastPose, ResNet-50)",
        "seresnet50",
        "fast_res50_256x192.pth",
        "the model zoo of https://github.com/MVIG-SJTU/AlphaPose",
        "free for non-commercial use",
        _CENTRED,
    ),
)
CATALOGUE = {each.name: each for each in _ROWS}
"""By name."""


def anybodys(architecture: str) -> Published:
    """A checkpoint of somebody's own."""
    return Published(architecture, f"A {architecture}", architecture, "of your own", "you", "yours", _IMAGENET)
