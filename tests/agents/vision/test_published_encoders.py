"""Checkpoints in the layouts that others publish, made of random numbers: every weight is used, and no other."""

import argparse
import copy
import functools
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="agents need the extra")

from agents.vision import Encoder  # noqa: E402
from agents.vision.encoders.architectures import build  # noqa: E402
from agents.vision.encoders.catalogue import CATALOGUE  # noqa: E402
from agents.vision.encoders.config import EncoderConfig  # noqa: E402
from agents.vision.encoders.vit import VisionTransformer, fitted  # noqa: E402
from agents.vision.encoders.weights import read_tensors, selected  # noqa: E402
from hand_envs.errors import DatasetError, MissingDependencyError, OptionError  # noqa: E402

# The names and shapes of the public files, written down by their rules and not by our networks.


def norm(name, channels):
    shapes = dict.fromkeys(
        [f"{name}.{part}" for part in ("weight", "bias", "running_mean", "running_var")], (channels,)
    )
    return {**shapes, f"{name}.num_batches_tracked": ()}


def torchvision(blocks, bottleneck, gates=False):
    shapes = {"conv1.weight": (64, 3, 7, 7), **norm("bn1", 64)}
    before = 64
    for layer, count in enumerate(blocks, 1):
        inner = 32 * 2**layer
        after = inner * (4 if bottleneck else 1)
        for block in range(count):
            name = f"layer{layer}.{block}"
            if bottleneck:
                convolutions = [(inner, before, 1), (inner, inner, 3), (after, inner, 1)]
            else:
                convolutions = [(inner, before, 3), (inner, inner, 3)]
            for number, (rows, columns, side) in enumerate(convolutions, 1):
                shapes |= {f"{name}.conv{number}.weight": (rows, columns, side, side)}
                shapes |= norm(f"{name}.bn{number}", rows)
            if block == 0 and (before != after or layer > 1):
                shapes |= {f"{name}.downsample.0.weight": (after, before, 1, 1), **norm(f"{name}.downsample.1", after)}
                if gates:
                    for place in (0, 2):
                        shapes |= linear(f"{name}.se.fc.{place}", after, after)
            before = after
    return shapes


def linear(name, rows, columns):
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def autoencoder(width, size=224):
    pair = {"weight": (width,), "bias": (width,)}
    shapes = {"cls_token": (1, 1, width), "pos_embed": (1, 1 + (size // 16) ** 2, width)}
    shapes |= {"patch_embed.proj.weight": (width, 3, 16, 16), "patch_embed.proj.bias": (width,)}
    for block in range(12):
        name = f"blocks.{block}"
        shapes |= {f"{name}.{norm}.{part}": shape for norm in ("norm1", "norm2") for part, shape in pair.items()}
        shapes |= linear(f"{name}.attn.qkv", 3 * width, width) | linear(f"{name}.attn.proj", width, width)
        shapes |= linear(f"{name}.mlp.fc1", 4 * width, width) | linear(f"{name}.mlp.fc2", width, 4 * width)
    return shapes | {f"norm.{part}": shape for part, shape in pair.items()}


def under(prefix, shapes):
    return {f"{prefix}{name}": shape for name, shape in shapes.items()}


RESNET18, RESNET50 = torchvision((2, 2, 2, 2), False), torchvision((3, 4, 6, 3), True)
DECODER = {"mask_token": (1, 1, 512), "decoder_pos_embed": (1, 197, 512), **linear("decoder_embed", 512, 384)}
# By name of the catalogue: the network's own, what lies before its names, and what else is in the file.
LAYOUTS = {
    "rrl": (RESNET50, "", linear("fc", 1000, 2048)),
    "r3m": (RESNET50, "module.convnet.", linear("module.lang_rew.pred.0", 1024, 4864)),
    "frankmocap": (
        RESNET50,
        "main_encoder.",
        linear("main_encoder.fc1", 1024, 2048) | linear("feat_encoder.1", 1024, 1024) | linear("regressor.0", 61, 1085),
    ),
    "hindex": (
        RESNET50,
        "module.pose_net.",
        {
            "module.pose_net.deconv_layers.0.weight": (2048, 256, 4, 4),
            **norm("module.pose_net.deconv_layers.1", 256),
            **linear("module.pose_net.final_layer_unsup", 30, 256),
            "module.image_encoder.conv1.weight": (32, 3, 7, 7),
        },
    ),
    "body": (RESNET50, "", linear("fc1", 1024, 2205) | linear("decpose", 144, 1024) | {"init_pose": (1, 144)}),
    "alphapose": (
        torchvision((3, 4, 6, 3), True, gates=True),
        "preact.",
        {"duc1.conv.weight": (1024, 512, 3, 3), **norm("duc1.bn", 1024), **linear("conv_out", 17, 128)},
    ),
    "mvp": (autoencoder(384), "", DECODER),
    "vc1": (autoencoder(768), "", DECODER),
}


def nothing(shapes):
    """Tensors of these shapes that have no numbers."""
    return {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}


@functools.cache
def own_weights(architecture):
    return build(EncoderConfig(architecture=architecture, size=224)).state_dict()


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_weight_of_a_published_layout_is_used(name):
    own, prefix, others = LAYOUTS[name]
    config = CATALOGUE[name].config()
    weights = own_weights(config.architecture)
    stored = nothing(under(prefix, own) | others)
    found = selected(stored, weights, config)
    assert {each: tuple(value.shape) for each, value in weights.items()} == own
    assert all(found[each] is stored[f"{prefix}{each}"] for each in own)


def test_the_catalogue_has_a_layout_for_every_row():
    assert set(CATALOGUE) == set(LAYOUTS)


@pytest.mark.parametrize(
    ("architecture", "own", "said"),
    [
        ("resnet50", torchvision((3, 4, 23, 3), True), "it has layer3.6.conv1.weight"),  # a ResNet-101
        ("resnet50", torchvision((3, 4, 6, 3), True, gates=True), "it has layer1.0.se.fc.0.weight"),
        ("seresnet50", RESNET50, "it lacks layer1.0.se.fc.0.weight, .* and 13 more"),
        ("resnet50", autoencoder(384), "no tensors named conv1.weight"),
        ("vit_small", RESNET50, "no tensors named patch_embed.proj.weight"),
        ("resnet18", under("a.", RESNET18) | under("b.", RESNET18), "2 tensors named conv1.weight"),
    ],
)
def test_another_architecture_is_refused_by_what_differs(architecture, own, said):
    config = EncoderConfig(architecture=architecture, size=224)
    with pytest.raises(ValueError, match=said):
        selected(nothing(own), own_weights(architecture), config)


def random_weights(shapes):
    generator = torch.Generator().manual_seed(0)
    made = {name: torch.rand(shape, generator=generator) * 0.1 for name, shape in shapes.items()}
    return {name: value.long() if name.endswith("num_batches_tracked") else value for name, value in made.items()}


@pytest.fixture(scope="module")
def weights():
    return random_weights(RESNET18)


def pictures():
    return np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), np.uint8)


def keep(folder: Path, content, older=False) -> Path:
    path = folder / "stranger.pth"
    torch.save(content, path, _use_new_zipfile_serialization=not older)
    return path


def test_a_training_in_torchs_older_format_is_read_by_name(weights, tmp_path):
    """As PyTorch 1.0 wrote it: parameters, no counts of batches, and the optimizer's state beside them."""
    given = {
        f"module.{name}": torch.nn.Parameter(value) if name.endswith("weight") else value
        for name, value in weights.items()
        if not name.endswith("num_batches_tracked")
    }
    path = keep(tmp_path, {"epoch": 3, "state_dict": given, "optimizer": {"lr": 0.1, "state": {}}}, older=True)
    encoder = Encoder.named("resnet18", weights=path, size=32)
    assert (encoder.name, encoder.size, encoder.mean) == ("resnet18", 32, (0.485, 0.456, 0.406))
    own = encoder.network.state_dict()
    for name, value in weights.items():
        assert torch.equal(own[name], torch.zeros(()) if name.endswith("tracked") else value), name
    assert np.isfinite(encoder(pictures())).all()


def test_what_is_more_than_tensors_is_refused_with_what_to_do(tmp_path):
    path = keep(tmp_path, {"model": {"conv1.weight": torch.zeros(3)}, "args": argparse.Namespace(lr=1)})
    with pytest.raises(DatasetError, match=r"stranger.pth.*argparse.*save the state_dict alone"):
        Encoder.named("resnet18", weights=path)
    older = keep(tmp_path, {"args": argparse.Namespace(lr=1)}, older=True)
    with pytest.raises(DatasetError, match=r"stranger.pth.*argparse"):
        Encoder.named("resnet18", weights=older)


def test_tensors_that_stand_for_more_than_there_is_are_refused(tmp_path):
    path = keep(tmp_path, {"conv1.weight": torch.zeros(1, dtype=torch.float16).expand(10**9)})
    with pytest.raises(DatasetError, match="more numbers than it has bytes for"):
        read_tensors(path)


def test_safetensors(weights, tmp_path):
    safetensors = pytest.importorskip("safetensors.torch", reason="pip install safetensors")
    safetensors.save_file(weights, tmp_path / "it.safetensors")
    found = read_tensors(tmp_path / "it.safetensors")
    assert all(torch.equal(found[name], value) for name, value in weights.items())


def test_a_missing_file_says_which_and_from_where(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("HAND_ENVS_DATA", raising=False)
    for name, row in CATALOGUE.items():
        with pytest.raises(DatasetError) as caught:
            Encoder.named(name)
        said = str(caught.value)
        assert all(each in said for each in (row.file, row.source, row.licence, "HAND_ENVS_DATA", "weights="))
    with pytest.raises(DatasetError, match="no file"):
        Encoder.named("rrl", weights=tmp_path / "gone.pth")


def test_files_are_found_in_the_users_data_and_in_caches(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("HAND_ENVS_DATA", str(tmp_path / "data"))
    cached = tmp_path / ".cache/huggingface/hub/models--facebook--vc1-base/snapshots/abc/pytorch_model.bin"
    own = tmp_path / "data" / "encoders" / "vc1_vitb.pth"
    for path in (cached, own):
        path.parent.mkdir(parents=True)
        path.write_text("")
        assert CATALOGUE["vc1"].found() == path, "the user's own comes first"


def test_names_that_nobody_has_are_refused():
    with pytest.raises(OptionError, match="did you mean 'vc1'"):
        Encoder.named("vc2")
    with pytest.raises(OptionError, match="weights are a file for one of"):
        Encoder.named("random", weights="mine.pth")
    with pytest.raises(OptionError, match="resnet50 with weights="):
        Encoder.named("resnet50")
    with pytest.raises(OptionError, match="multiple"):
        EncoderConfig(architecture="vit_small", size=100)


def test_hugging_face_needs_transformers():
    try:
        import transformers  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependencyError, match="hand-envs\\[vision\\]"):
            Encoder.named("hf:facebook/dinov2-small")


@pytest.mark.parametrize("kind", ["resnet", "vit", "mae"])
def test_models_of_transformers(kind, tmp_path):
    transformers = pytest.importorskip("transformers", reason="pip install 'hand-envs[vision]'")
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 64, "patch_size": 16}
    maps = {"embedding_size": 8, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]}
    config, model, options = {
        "resnet": (transformers.ResNetConfig, transformers.ResNetModel, maps),
        "vit": (transformers.ViTConfig, transformers.ViTModel, small),
        "mae": (transformers.ViTMAEConfig, transformers.ViTMAEModel, small),
    }[kind]
    model(config(**options)).save_pretrained(tmp_path)
    said = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.2, 0.2], "size": {"height": 64, "width": 64}}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    encoder = Encoder.named(f"hf:{tmp_path}")
    assert (encoder.size, encoder.mean, encoder.width) == (64, (0.5, 0.4, 0.3), 32)
    features = encoder(pictures())
    np.testing.assert_array_equal(encoder(pictures()), features)
    assert np.abs(features[0] - features[1]).max() > 1e-4
    with pytest.raises(OptionError, match="not saved"):
        encoder.save(tmp_path / "it")


# The transformer


@pytest.fixture(scope="module")
def transformer():
    torch.manual_seed(0)
    return VisionTransformer("vit_small", 48, depth=2).eval()


def test_attention_by_hand(transformer):
    attention, seen = transformer.blocks[0].attn, torch.randn(2, 5, 384)
    with torch.no_grad():
        query, key, value = attention.qkv(seen).chunk(3, dim=-1)
        expected = []
        for head in range(12):
            part = slice(32 * head, 32 * (head + 1))
            scores = query[..., part] @ key[..., part].transpose(1, 2) / 32**0.5
            expected.append(scores.softmax(-1) @ value[..., part])
        torch.testing.assert_close(attention(seen), attention.proj(torch.cat(expected, dim=-1)))


def test_where_a_patch_lies_and_what_it_shows_both_matter(transformer):
    images = torch.rand(1, 3, 48, 48)
    moved = images.roll(16, dims=3)
    with torch.no_grad():
        features = transformer(torch.cat([images, moved, images + 0.1]))
        assert features.shape == (3, 384)
        assert torch.pdist(features).min() > 1e-3
        transformer_without = VisionTransformer("vit_small", 48, depth=2).eval()
        transformer_without.pos_embed.zero_()
        alike = transformer_without(torch.cat([images, moved]))
    torch.testing.assert_close(*alike, msg="without places, an order of patches is no difference")


def test_places_of_another_size_are_interpolated(transformer):
    weights = transformer.state_dict()
    assert torch.equal(fitted(weights, 48)["pos_embed"], weights["pos_embed"])
    larger = fitted(weights, 96)["pos_embed"]
    assert larger.shape == (1, 37, 384)
    assert torch.equal(larger[:, 0], weights["pos_embed"][:, 0]), "that of the class token stays"
    torch.testing.assert_close(larger[:, 1:].mean(1), weights["pos_embed"][:, 1:].mean(1), atol=0.02, rtol=0)


@pytest.mark.parametrize("architecture", ["seresnet50", "vit_small"])
def test_every_kind_encodes_in_both_precisions(architecture):
    config = EncoderConfig(architecture=architecture, size=32)
    network = build(config)
    exact, half = (
        Encoder(config, copy.deepcopy(network), precision)(pictures()) for precision in ("float32", "bfloat16")
    )
    assert exact.shape[1] in (384, 2048)
    assert 0 < np.abs(exact - half).max() < 0.2 * exact.std()
