"""Encoders: preprocessing by hand, both precisions, and folders that give back the same features."""

import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="agents need the extra")

from agents.common import checkpoints  # noqa: E402
from agents.vision import Encoder  # noqa: E402
from agents.vision.encoders.architectures import build  # noqa: E402
from agents.vision.encoders.config import EncoderConfig  # noqa: E402
from hand_envs.errors import DatasetError, OptionError  # noqa: E402

SIZE = 32


def pictures(count: int = 3, height: int = SIZE, width: int = SIZE) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """Random weights, and statistics of normalisations that are not the usual 0 and 1."""
    config = EncoderConfig(name="mine", size=SIZE, mean=(0.1, 0.2, 0.3), std=(0.5, 0.4, 0.2))
    network = build(config, seed=3)
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean += 0.1 * torch.randn(module.num_features, generator=generator)
            module.running_var *= 1 + torch.rand(module.num_features, generator=generator)
    return Encoder(config, network)


@pytest.fixture(scope="module")
def folder(encoder, tmp_path_factory):
    return encoder.save(tmp_path_factory.mktemp("saved") / "it", {"trained on": "nothing"})


def test_what_the_network_sees_by_hand(encoder):
    image = pictures(1, 2 * SIZE, 2 * SIZE)
    seen = encoder.prepare(image).numpy()
    patch = image[0, 6:8, 10:12].astype(float).mean((0, 1)) / 255  # the area of pixel (3, 5)
    expected = (patch - [0.1, 0.2, 0.3]) / [0.5, 0.4, 0.2]
    np.testing.assert_allclose(seen[0, :, 3, 5], expected, atol=1e-5)


def test_pictures_of_the_own_size_are_only_normalised(encoder):
    image = pictures(1)
    expected = (image[0].transpose(2, 0, 1) / 255 - np.reshape(encoder.mean, (3, 1, 1))) / np.reshape(
        encoder.std, (3, 1, 1)
    )
    np.testing.assert_allclose(encoder.prepare(image)[0].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(8, 8), (48, 100), (20, 90)])
def test_pictures_of_any_shape_are_scaled(encoder, shape):
    plain = np.full((1, *shape, 3), 77, np.uint8)
    seen = encoder.prepare(plain).numpy()
    assert seen.shape == (1, 3, SIZE, SIZE)
    np.testing.assert_allclose(seen[0, 0], (77 / 255 - 0.1) / 0.5, atol=1e-5)


def test_features_do_not_depend_on_the_batch(encoder):
    images = pictures(5)
    found = encoder(images)
    assert found.shape == (5, 512)
    assert found.dtype == np.float32
    np.testing.assert_allclose(encoder(images, batch=2), found, rtol=1e-4, atol=1e-5)
    assert encoder(images[:0]).shape == (0, 512)
    assert np.ptp(found, axis=0).max() > 0.01, "pictures differ, so features do"


def test_nothing_is_learned_and_nobody_elses_chance_is_touched(encoder):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    other = Encoder.named("random", seed=8)
    assert torch.equal(torch.rand(1), expected)
    assert not any(each.requires_grad for each in other.network.parameters())
    before = {name: value.clone() for name, value in encoder.network.state_dict().items()}
    encoder(pictures())
    assert all(torch.equal(value, before[name]) for name, value in encoder.network.state_dict().items())


def test_random_weights_follow_from_the_seed():
    first, again, other = (Encoder.named("random", size=SIZE, seed=seed)(pictures()) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_as_published_the_first_normalisation_follows_alone():
    encoder = Encoder.named("random", size=SIZE, as_published=True)
    assert list(encoder.follow(0.1).layers) == ["bn1"]
    encoder = Encoder.named("random", size=SIZE)
    assert len(encoder.follow(0.1).layers) == 20


def test_half_precision_keeps_features_and_statistics(encoder, folder):
    half = Encoder.named(str(folder), precision="bfloat16")
    for name, value in half.network.state_dict().items():
        single = value.dtype == torch.float32 or name.endswith("num_batches_tracked")
        assert single == (value.ndim < 4), name
    images = pictures(4)
    exact, found = encoder(images), half(images)
    assert 0 < np.abs(found - exact).max() < 0.05 * exact.std()
    distances = [np.linalg.norm(each[:, None] - each, axis=-1) for each in (exact, found)]
    np.testing.assert_allclose(distances[1], distances[0], atol=0.02 * distances[0].max())


def test_a_saved_encoder_is_the_same_again(encoder, folder, tmp_path):
    again = Encoder.load(folder)
    assert (again.name, again.size, again.mean, again.std) == ("mine", SIZE, (0.1, 0.2, 0.3), (0.5, 0.4, 0.2))
    np.testing.assert_allclose(again(pictures()), encoder(pictures()), rtol=0.01, atol=0.01)
    assert json.loads((folder / "card.json").read_text()) == {"trained on": "nothing"}
    assert (folder / "weights.pt").stat().st_size < 25e6
    stored = checkpoints.read(folder, "weights.pt")
    twice = checkpoints.read(again.save(tmp_path / "twice"), "weights.pt")
    assert all(torch.equal(value, twice[name]) for name, value in stored.items())
    for name, value in encoder.network.state_dict().items():
        assert torch.equal(stored[name], value) == (value.ndim < 4), f"{name} is exact if it is a normalisation's"


@pytest.mark.parametrize(
    "images",
    [
        pictures()[0],
        pictures() / 255,
        pictures().transpose(0, 3, 1, 2),
        pictures()[:, :0],
        [[1]],
        None,
    ],
)
def test_what_is_no_pictures_is_refused(encoder, images):
    with pytest.raises(OptionError, match=r"uint8 \(n, height, width, 3\)"):
        encoder(images)


def test_other_names_and_precisions_are_refused(tmp_path):
    with pytest.raises(OptionError, match="did you mean 'bfloat16'"):
        Encoder.named("random", precision="bfloat")
    with pytest.raises(DatasetError, match="no checkpoint"):
        Encoder.load(tmp_path)


def test_a_variance_below_zero_is_refused(folder, tmp_path):
    weights = checkpoints.read(folder, "weights.pt")
    weights["layer1.0.bn1.running_var"][3] = -0.1
    torch.save(weights, tmp_path / "weights.pt")
    shutil.copy(folder / "config.json", tmp_path)
    with pytest.raises(DatasetError, match=r"weights.pt.*layer1.0.bn1.running_var"):
        Encoder.load(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [("architecture", "resnet19"), ("size", 0), ("mean", [0.5]), ("std", [0.0, 1, 1]), ("std", [1, 1, 1e9])],
)
def test_a_config_out_of_bounds_is_refused(field, value):
    with pytest.raises(OptionError, match=f"{field}|architecture"):
        EncoderConfig.from_data({field: value})


def test_where_none_ships_the_error_says_how_to_have_one(monkeypatch):
    monkeypatch.setattr("agents.vision.encoders.encoder.shipped_or_none", lambda name: None)
    with pytest.raises(DatasetError, match=r"Train one .*agents\.vision\.pretraining.*--encoder RUN/encoder.*random"):
        Encoder.named("default")
