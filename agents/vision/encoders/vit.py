"""Vision transformers (Dosovitskiy et al., 2021), parameters named and shaped as in masked autoencoders' files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.common.imports import need
from agents.vision.encoders.config import PATCH

torch: Any = need("torch")
nn = torch.nn
functional = nn.functional
Tensor = Any

WIDTHS = {"vit_small": 384, "vit_base": 768}
DEPTH, HEADS = 12, 12
"""Of both sizes: MVP's small one has twelve heads too, where others have six."""
_EPSILON = 1e-6


class VisionTransformer(nn.Module):  # type: ignore[misc,name-defined]
    """Features of images: what the class token has gathered from all patches.

    Args:
        kind: `vit_small` or `vit_base`.
        size: of the images (pixels), a multiple of 16.
        depth: blocks.
    """

    def __init__(self, kind: str = "vit_small", size: int = 224, depth: int = DEPTH) -> None:
        super().__init__()
        self.width = width = WIDTHS[kind]
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, width, PATCH, PATCH)})
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, 1 + (size // PATCH) ** 2, width))
        self.blocks = nn.Sequential(*(_Block(width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=_EPSILON)

    def forward(self, images: Tensor) -> Tensor:
        """Features (n, width) in float32 of images (n, 3, size, size)."""
        patches = self.patch_embed["proj"](images).flatten(2).transpose(1, 2)
        token = self.cls_token.expand(len(images), -1, -1)
        seen = self.blocks(torch.cat([token, patches], dim=1) + self.pos_embed)
        return self.norm(seen[:, 0].float())


class _Block(nn.Module):  # type: ignore[misc,name-defined]
    """What patches tell each other, then what each makes of it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width, eps=_EPSILON), _Attention(width)
        self.norm2 = nn.LayerNorm(width, eps=_EPSILON)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, seen: Tensor) -> Tensor:
        seen = seen + self.attn(self.norm1(seen))
        return seen + self.mlp["fc2"](functional.gelu(self.mlp["fc1"](self.norm2(seen))))


class _Attention(nn.Module):  # type: ignore[misc,name-defined]
    def __init__(self, width: int) -> None:
        super().__init__()
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, seen: Tensor) -> Tensor:
        count, length, width = seen.shape
        parts = self.qkv(seen).view(count, length, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(*parts)
        return self.proj(mixed.transpose(1, 2).reshape(count, length, width))


def fitted(weights: Mapping[str, Tensor], size: int) -> dict[str, Tensor]:
    """Weights whose places of patches, learned at another size, are interpolated to this one; others as they are."""
    places = weights.get("pos_embed")
    if not isinstance(places, torch.Tensor) or places.ndim != 3:
        return dict(weights)
    side, before = size // PATCH, round((places.shape[1] - 1) ** 0.5)
    if side == before or before**2 + 1 != places.shape[1]:
        return dict(weights)
    token, grid = places[:, :1], places[:, 1:].reshape(1, before, before, -1).permute(0, 3, 1, 2)
    grid = functional.interpolate(grid, size=(side, side), mode="bicubic", align_corners=False)
    return {**weights, "pos_embed": torch.cat([token, grid.permute(0, 2, 3, 1).reshape(1, side**2, -1)], dim=1)}
