"""Models of the Hugging Face hub, read by transformers from its cache, or fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agents.common.imports import need
from agents.vision.encoders.config import HUGGING_FACE, EncoderConfig
from hand_envs.files.reading import reading

torch: Any = need("torch")
nn = torch.nn
Tensor = Any


def from_hugging_face(name: str, size: int | None = None) -> tuple[EncoderConfig, Any]:
    """A model by `owner/name`, or in a folder, as the network of an encoder, and its preprocessing."""
    transformers = need("transformers")
    with reading(f"{HUGGING_FACE}{name}"), torch.random.fork_rng(devices=[]):
        model = transformers.AutoModel.from_pretrained(name, dtype=torch.float32)
        said = json.loads(Path(transformers.utils.cached_file(name, "preprocessor_config.json")).read_text())
        own = said.get("size", 224)
        own = own if isinstance(own, int) else own.get("height") or own["shortest_edge"]
        config = EncoderConfig(
            name=f"{HUGGING_FACE}{name}",
            architecture=f"{HUGGING_FACE}{name}",
            size=own if size is None else size,
            mean=said.get("image_mean", (0.5, 0.5, 0.5)),
            std=said.get("image_std", (0.5, 0.5, 0.5)),
        )
        return config, _Features(model, config.size)


class _Features(nn.Module):  # type: ignore[misc,name-defined]
    """The class token of a model of patches, or the mean of a model's last maps."""

    def __init__(self, model: Any, size: int) -> None:
        super().__init__()
        self.model = getattr(model, "vision_model", model)  # of one that reads texts too
        if hasattr(self.model.config, "mask_ratio"):  # a masked autoencoder's, which sees all of it here
            self.model.config.mask_ratio = 0.0
        with torch.no_grad():
            self.width = self(torch.zeros(1, 3, size, size)).shape[1]

    def forward(self, images: Tensor) -> Tensor:
        options = {}
        if hasattr(self.model.config, "mask_ratio"):  # the order of patches, else drawn by chance
            patches = (images.shape[-1] // self.model.config.patch_size) ** 2
            options["noise"] = torch.zeros(len(images), patches, device=images.device)
        seen = self.model(pixel_values=images, **options).last_hidden_state
        return seen.mean((2, 3)) if seen.ndim == 4 else seen[:, 0]
