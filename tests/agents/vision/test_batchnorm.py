"""Statistics that follow: eq. 4-5 by hand, nothing at all at m = 0, and every normalisation of a network."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="agents need the extra")

from agents.vision.batchnorm import MovingBatchNorm, _moments, follow  # noqa: E402
from agents.vision.encoders.architectures import build, in_bfloat16  # noqa: E402
from agents.vision.encoders.config import EncoderConfig  # noqa: E402
from agents.vision.encoders.encoder import Encoder  # noqa: E402
from agents.vision.encoders.resnet import ResNet  # noqa: E402
from hand_envs.errors import OptionError, StateError  # noqa: E402

SIZE = 32


class Small(torch.nn.Module):
    """A stem at the root and a normalisation further in, as in every ResNet."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = torch.nn.Conv2d(3, 4, 3, bias=False), torch.nn.BatchNorm2d(4)
        self.layer1 = torch.nn.Sequential(torch.nn.Conv2d(4, 6, 3, bias=False), torch.nn.BatchNorm2d(6))

    def forward(self, images):
        return self.layer1(self.bn1(self.conv1(images)).relu())


@pytest.fixture
def small():
    torch.manual_seed(0)
    network = Small().eval()
    for layer in (network.bn1, network.layer1[1]):
        layer.weight.data.uniform_(0.5, 1.5)
        layer.bias.data.normal_()
        layer.running_mean.normal_()
        layer.running_var.uniform_(0.5, 2)
    return network


@pytest.fixture
def images():
    return torch.randn(5, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def test_equations_4_and_5_by_hand(small, images):
    plain = copy.deepcopy(small)
    moving = follow(small, 0.25)
    with torch.no_grad():
        found = small(images)
        first = plain.conv1(images)
        for seen, layer in ((first, plain.bn1), (None, plain.layer1[1])):
            if seen is None:
                seen = plain.layer1[0](plain.bn1(first).relu())
            flat = seen.permute(1, 0, 2, 3).flatten(1)
            layer.running_mean = 0.75 * layer.running_mean + 0.25 * flat.mean(1)
            layer.running_var = 0.75 * layer.running_var + 0.25 * ((flat - flat.mean(1, keepdim=True)) ** 2).mean(1)
        torch.testing.assert_close(found, plain(images))
    torch.testing.assert_close(small.layer1[1].running_var, plain.layer1[1].running_var)
    assert moving.version == 1


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_moments_are_those_of_the_numbers_given(kind, order):
    given = (3 + torch.randn(4, 5, 6, 7) * torch.arange(1, 6).view(1, 5, 1, 1)).to(kind).contiguous(memory_format=order)
    mean, variance = _moments(given)
    assert mean.dtype == variance.dtype == torch.float32
    exact = given.double()
    torch.testing.assert_close(mean.double(), exact.mean((0, 2, 3)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(variance.double(), exact.var((0, 2, 3), correction=0), rtol=1e-4, atol=1e-4)


def test_a_single_number_has_a_mean_and_no_variance():
    network = torch.nn.Sequential(torch.nn.BatchNorm2d(2)).eval()
    moving = follow(network, 0.5)
    network(torch.tensor([1.0, 3.0]).view(1, 2, 1, 1))
    assert moving.get_state()["0.running_mean"].tolist() == [0.5, 1.5]
    assert moving.get_state()["0.running_var"].tolist() == [0.5, 0.5]


def test_at_momentum_0_it_is_evaluation_mode_bit_for_bit():
    network = build(EncoderConfig())
    moved = copy.deepcopy(network).eval()
    moving = follow(moved, 0.0)
    images = torch.randn(2, 3, SIZE, SIZE)
    with torch.no_grad():
        assert torch.equal(moved(images), network.eval()(images))
    assert moving.version == 0
    own, other = moved.state_dict(), network.state_dict()
    assert list(own) == list(other), "a network's weights keep their names"
    assert all(torch.equal(own[name], value) for name, value in other.items())


@pytest.mark.parametrize(("depth", "count"), [(18, 20), (50, 53)])
def test_every_normalisation_is_replaced(depth, count):
    network = ResNet(depth).eval()
    moving = follow(network, 0.1)
    norms = [each for each in network.modules() if isinstance(each, torch.nn.BatchNorm2d)]
    assert len(norms) == len(moving.layers) == count
    assert all(type(each) is MovingBatchNorm for each in norms)
    before = moving.get_state()
    with torch.no_grad():
        network(torch.randn(2, 3, SIZE, SIZE))
    after = moving.get_state()
    assert not any(torch.equal(before[name], after[name]) for name in before), "and all have followed"


def test_the_published_code_follows_with_the_first_alone(small, images):
    moving = follow(small, 0.1, as_published=True)
    inner = small.layer1[1].running_mean.clone()
    small(images)
    assert list(moving.layers) == ["bn1"]
    assert torch.equal(small.layer1[1].running_mean, inner)


def test_a_small_share_is_not_lost_in_half_precision(small, images):
    exact = copy.deepcopy(small)
    in_bfloat16(small)
    both = [follow(network, 0.001) for network in (small, exact)]
    start = both[1].get_state()
    for _ in range(20):
        small(images.bfloat16())
        exact(images)
    for name in both[1].get_state():
        half, full = (moving.get_state()[name] for moving in both)
        assert half.dtype == full.dtype
        if full.is_floating_point():
            way = full - start[name]
            assert torch.linalg.norm(half - full) < 0.05 * torch.linalg.norm(way), name


def test_a_batch_is_one_change_however_large():
    encoder = Encoder(EncoderConfig(size=SIZE), build(EncoderConfig()))
    images = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), np.uint8)
    moving = encoder.follow(0.1)
    encoder(images, batch=1)
    encoder(images[:0])
    assert moving.version == 1
    assert all(torch.isfinite(value).all() for value in moving.get_state().values())
    with moving.frozen():
        still = encoder(images, batch=1)
        np.testing.assert_allclose(encoder(images), still, rtol=1e-4, atol=1e-4)
    assert moving.version == 1
    encoder(images)
    assert moving.version == 2


def test_it_goes_on_from_a_state_bit_for_bit(small, images):
    other = copy.deepcopy(small)
    moving, second = follow(small, 0.3), follow(other, 0.3)
    small(images)
    second.set_state(moving.get_state())
    assert second.version == 1
    assert torch.equal(small(images), other(images))


def test_a_copy_follows_by_itself(small, images):
    moving = follow(small, 0.3)
    before = moving.get_state()
    copied, _ = copy.deepcopy((small, moving))
    copied(images)
    assert all(torch.equal(value, before[name]) for name, value in moving.get_state().items())


def other_name(state):
    state["bn2.running_mean"] = state.pop("bn1.running_mean")


def other_shape(state):
    state["layer1.1.running_mean"] = torch.zeros(7)


def below_zero(state):
    state["layer1.1.running_var"][2] = -1e-3


def not_finite(state):
    state["layer1.1.running_mean"][2] = torch.nan


def other_kind(state):
    state["layer1.1.running_mean"] = state["layer1.1.running_mean"].double()


def no_version(state):
    state["version"] = torch.tensor(-1)


@pytest.mark.parametrize(
    "damage", [other_name, other_shape, below_zero, not_finite, other_kind, no_version, dict.clear]
)
def test_a_state_that_does_not_fit_changes_nothing(small, damage):
    moving = follow(small, 0.3)
    before, state = moving.get_state(), moving.get_state()
    state["bn1.running_mean"] += 1
    damage(state)
    with pytest.raises(StateError):
        moving.set_state(state)
    assert all(torch.equal(value, before[name]) for name, value in moving.get_state().items())


@pytest.mark.parametrize("momentum", [-0.1, 1.1, float("nan"), "0.1", None, True])
def test_another_momentum_is_refused(small, momentum):
    with pytest.raises(OptionError, match="momentum must be from 0 to 1"):
        follow(small, momentum)
    moving = follow(small, 0.3)
    with pytest.raises(OptionError):
        moving.momentum = momentum
    assert moving.momentum == 0.3


def test_networks_that_cannot_follow_or_do_already_are_refused(small):
    plain = torch.nn.Sequential(torch.nn.Linear(2, 2))
    assert follow(plain, 0).version == 0
    with pytest.raises(OptionError, match="momentum must be 0"):
        follow(plain, 0.1)
    follow(small, 0.3)
    with pytest.raises(OptionError, match="follow already"):
        follow(small, 0.3)


def test_gradients_flow_as_without(small, images):
    """Who trains scales and shifts goes on doing so."""
    plain = copy.deepcopy(small)
    follow(small, 0.0)
    for network in (small, plain):
        network(images).square().sum().backward()
    assert torch.equal(small.layer1[1].weight.grad, plain.layer1[1].weight.grad)
