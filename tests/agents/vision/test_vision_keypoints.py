"""Stage 2's network, its losses and its gradients: what learns, what does not, and that the gradient is the loss's."""

from __future__ import annotations

import copy

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
import torch

from agents.vision.encoders.resnet import ResNet
from agents.vision.keypoints.affine import adapted_parameters, affine_parameters, affine_shift
from agents.vision.keypoints.losses import PerceptualLoss, frozen, separation, vgg16, vgg16_layers
from agents.vision.keypoints.network import KeypointNetwork, expected_places, gaussians
from hand_envs.errors import DatasetError, OptionError


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small(seed: int = 0, adapt: str = "affine") -> tuple[KeypointNetwork, PerceptualLoss]:
    """A network of tiny parts on a whole ResNet-18, whose running statistics are not those of nothing."""
    torch.manual_seed(seed)
    trunk = ResNet(18)
    for layer in trunk.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.1)
            layer.running_var.uniform_(0.5, 1.5)
    before = frozen(copy.deepcopy(trunk))
    network = KeypointNetwork(trunk, 512, keypoints=3, head=4, widths=(4, 4, 4, 4), spread=0.05)
    adapted_parameters(trunk, adapt, "resnet18")
    return network, PerceptualLoss(before.stages, 6)


def pictures(count: int = 2, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    """Sources (16 pixels) and targets (32 pixels)."""
    draw = torch.Generator().manual_seed(5)
    return tuple(torch.randn(count, 3, side, side, generator=draw, dtype=dtype) for side in (16, 32))


def loss_of(network: KeypointNetwork, loss: PerceptualLoss, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    image, _ = network(source, target)
    return loss(image, torch.nn.functional.avg_pool2d(target, 2))


# --- where keypoints lie ----------------------------------------------------------------------------------------------


def test_a_peak_is_where_its_cell_is():
    maps = torch.zeros(1, 1, 4, 8)
    maps[0, 0, 1, 6] = 1e3
    np.testing.assert_allclose(expected_places(maps), [[[(6.5 / 8) * 2 - 1, (1.5 / 4) * 2 - 1]]], atol=1e-6)


def test_places_are_means_of_softmaxes_along_each_axis():
    maps = torch.tensor([[[[0.0, 2.0], [4.0, 6.0]]]])  # columns' sums 4, 8; rows' 2, 10
    right, down = 1 / (1 + np.exp(-4)), 1 / (1 + np.exp(-8))  # shares of the second column, and of the second row
    np.testing.assert_allclose(expected_places(maps)[0, 0], [right - 0.5, down - 0.5], atol=1e-6)


def test_a_gaussian_is_1_at_its_place_and_falls_off_by_its_spread():
    spots = gaussians(torch.tensor([[[0.25, -0.75]]]), (4, 4), spread=0.25)
    x = (np.array([-0.75, -0.25, 0.25, 0.75]) - 0.25) / 2  # in widths of the picture
    y = (np.array([-0.75, -0.25, 0.25, 0.75]) + 0.75) / 2
    expected = np.exp(-(y[:, None] ** 2 + x[None] ** 2) / (2 * 0.25**2))
    np.testing.assert_allclose(spots[0, 0], expected, rtol=1e-5)
    assert spots[0, 0, 0, 2] == 1


# --- what learns ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("depth", "count", "layers"), [(18, 9_600, 20), (34, 17_024, 36), (50, 53_120, 53)])
def test_scales_and_offsets_are_as_many_as_published(depth, count, layers):
    trunk = ResNet(depth)
    chosen = adapted_parameters(trunk, "affine", f"resnet{depth}")
    assert sum(each.numel() for each in chosen.values()) == count
    assert len(chosen) == 2 * layers
    assert {name for name, each in trunk.named_parameters() if each.requires_grad} == set(chosen)
    assert not any("conv" in name for name in chosen)


def test_all_is_every_weight_and_none_is_none():
    trunk = ResNet(18)
    assert len(adapted_parameters(trunk, "all", "resnet18")) == len(list(trunk.parameters()))
    assert adapted_parameters(trunk, "none", "resnet18") == {}
    assert not any(each.requires_grad for each in trunk.parameters())


def test_what_has_no_batchnorm_is_refused():
    with pytest.raises(OptionError, match="vit-s has no BatchNorm"):
        adapted_parameters(torch.nn.Linear(2, 2), "affine", "vit-s")


@pytest.mark.parametrize("adapt", ["affine", "none", "all"])
def test_the_gradient_reaches_what_is_adapted_at_every_depth_and_nothing_else(adapt):
    network, loss = small(adapt=adapt)
    loss_of(network, loss, *pictures(4)).backward()
    reached = {name for name, each in network.trunk.named_parameters() if each.grad is not None and each.grad.any()}
    named = {name for name, _ in network.trunk.named_parameters()}
    assert reached == {"affine": set(affine_parameters(network.trunk)), "none": set(), "all": named}[adapt]
    for part in (network.heads, network.appearance, network.geometry, network.decoder):
        assert all(each.grad is not None and each.grad.any() for each in part.parameters())
    assert all(each.grad is None for each in loss.layers.__self__.parameters())


def test_the_gradient_is_that_of_the_loss():
    network, loss = small()
    network.double()
    loss.layers.__self__.double()
    loss.double()
    source, target = pictures(dtype=torch.float64)
    loss_of(network, loss, source, target)
    loss.eval()  # the means are weights of the terms, and no part of what is differentiated
    loss_of(network, loss, source, target).backward()
    affine = affine_parameters(network.trunk)
    for name in (
        "bn1.weight",
        "layer1.1.bn2.bias",
        "layer2.0.downsample.1.weight",
        "layer3.0.bn1.bias",
        "layer4.1.bn2.weight",
    ):
        values, gradient = affine[name].data, affine[name].grad
        index, step = int(gradient.abs().argmax()), 1e-6
        sides = []
        for sign in (1, -1):
            values[index] += sign * step
            sides.append(loss_of(network, loss, source, target).item())
            values[index] -= sign * step
        assert gradient[index].item() == pytest.approx((sides[0] - sides[1]) / (2 * step), rel=1e-4), name


def test_a_step_moves_scales_and_offsets_and_leaves_the_rest_of_the_trunk_bit_for_bit():
    network, loss = small()
    before = copy.deepcopy(network.trunk.state_dict())
    chosen = affine_parameters(network.trunk)
    optimizer = torch.optim.Adam(chosen.values(), 1e-3)
    network.train()
    for _ in range(2):
        optimizer.zero_grad()
        loss_of(network, loss, *pictures(4)).backward()
        optimizer.step()
    after = network.trunk.state_dict()
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed == set(chosen)


def test_the_shift_is_measured_layer_by_layer():
    before = ResNet(18)
    after = copy.deepcopy(before)
    with torch.no_grad():
        after.layer4[1].bn2.weight += torch.tensor([0.3, -0.1] * 256)
    found = affine_shift(before, after)
    assert [layer["depth"] for layer in found] == list(range(20))
    assert (found[0]["name"], found[-1]["name"]) == ("bn1", "layer4.1.bn2")
    last = found[-1]
    assert last["weight"]["shift"] == pytest.approx(np.sqrt((0.09 + 0.01) / 2))
    assert last["weight"]["before"] == pytest.approx([1, 0])
    assert last["weight"]["after"] == pytest.approx([1.1, 0.2], rel=1e-2)
    assert all(layer[part]["shift"] == 0 for layer in found[:-1] for part in ("weight", "bias"))


# --- losses -----------------------------------------------------------------------------------------------------------


def test_each_term_counts_as_one_at_first_and_its_mean_follows():
    loss = PerceptualLoss(lambda images: [1e3 * images], 2)
    image, target = torch.ones(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    assert loss(image, target).item() == pytest.approx(2)
    assert loss.means.tolist() == pytest.approx([1, 1e6])
    assert loss(2 * image, target).item() == pytest.approx(8 / 1.03)  # errors are four times the means, which then rise
    assert loss.means.tolist() == pytest.approx([1.03, 1.03e6])
    loss.eval()
    loss(image, target)
    assert loss.means.tolist() == pytest.approx([1.03, 1.03e6])


def test_separation_is_1_of_keypoints_in_one_place_and_0_of_those_far_apart():
    assert separation(torch.zeros(2, 5, 2), 0.1).item() == pytest.approx(1)
    corners = torch.tensor([[[-1.0, -1], [1, 1], [-1, 1]]])
    assert separation(corners, 0.05).item() == pytest.approx(0, abs=1e-6)
    pair = torch.tensor([[[0.0, 0], [0.2, 0]]])  # a tenth of the picture's width apart
    assert separation(pair, 0.1).item() == pytest.approx(np.exp(-0.5))


def test_vgg16_is_read_by_torchvisions_names(tmp_path):
    network = vgg16()
    stored = {f"features.{name}": torch.full_like(value, 0.01) for name, value in network.state_dict().items()}
    shapes = [tuple(value.shape) for name, value in stored.items() if name.endswith("weight")]
    assert shapes[0] == (64, 3, 3, 3)
    assert shapes[-1] == (512, 512, 3, 3)
    assert list(stored)[-1] == "features.26.bias"
    unused = {"features.28.weight": torch.zeros(1), "classifier.0.bias": torch.zeros(1)}
    torch.save({**stored, **unused}, tmp_path / "vgg16.pth", _use_new_zipfile_serialization=False)
    mean, std = torch.full((1, 3, 1, 1), 0.5), torch.full((1, 3, 1, 1), 0.25)
    layers = vgg16_layers(tmp_path / "vgg16.pth", mean, std)
    images = torch.zeros(1, 3, 16, 16)  # grey: 0.5 of 1
    seen = layers(images)
    assert [tuple(each.shape[1:]) for each in seen] == [
        (64, 16, 16),
        (128, 8, 8),
        (256, 4, 4),
        (512, 2, 2),
        (512, 1, 1),
    ]
    inside = 0.01 + 9 * 64 * 0.01 * (0.01 + 27 * 0.5 * 0.01)  # away from the border, after the second convolution
    assert seen[0][0, 0, 8, 8].item() == pytest.approx(inside, rel=1e-5)


def test_another_file_is_refused_by_name(tmp_path):
    torch.save({"features.0.weight": torch.zeros(2)}, tmp_path / "other.pth")
    mean = torch.zeros(1, 3, 1, 1)
    with pytest.raises(DatasetError, match=r"other.pth cannot be read.*torchvision's vgg16"):
        vgg16_layers(tmp_path / "other.pth", mean, mean + 1)
