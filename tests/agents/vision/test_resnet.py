"""The residual networks: counted, named and shaped as torchvision's, and right in every number of a small case."""

import pytest

torch = pytest.importorskip("torch", reason="agents need the extra")

from agents.vision.encoders.resnet import ResNet  # noqa: E402
from hand_envs.errors import OptionError  # noqa: E402

PARAMETERS = {18: 11_176_512, 34: 21_284_672, 50: 23_508_032}
AFFINE = {18: 9_600, 34: 17_024, 50: 53_120}
BATCH_NORMS = {18: 20, 34: 36, 50: 53}


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(0)
    return {depth: ResNet(depth).eval() for depth in PARAMETERS}


@pytest.mark.parametrize("depth", PARAMETERS)
def test_parameters_are_as_many_as_torchvisions(networks, depth):
    network = networks[depth]
    norms = [each for each in network.modules() if isinstance(each, torch.nn.BatchNorm2d)]
    assert sum(each.numel() for each in network.parameters()) == PARAMETERS[depth]
    assert sum(each.numel() for norm in norms for each in norm.parameters()) == AFFINE[depth]
    assert len(norms) == BATCH_NORMS[depth]


def test_names_are_torchvisions(networks):
    names = set(networks[50].state_dict())
    for name in ("conv1.weight", "bn1.running_var", "layer1.0.downsample.0.weight", "layer3.5.bn3.num_batches_tracked"):
        assert name in names
    assert "layer1.0.downsample.0.weight" not in networks[18].state_dict()
    assert networks[18].state_dict()["layer2.0.downsample.0.weight"].shape == (128, 64, 1, 1)


@pytest.mark.parametrize("depth", PARAMETERS)
def test_features_are_the_means_of_the_last_maps(networks, depth):
    network, images = networks[depth], torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        stages = network.stages(images)
        assert [tuple(each.shape[2:]) for each in stages] == [(32, 32), (16, 16), (8, 8), (4, 4), (2, 2)]
        assert network.maps(images).shape == (2, network.width, 2, 2)
        assert torch.equal(network(images), stages[-1].mean((2, 3)))


def test_what_is_added_is_the_change_to_what_came_in(networks):
    block, seen = networks[50].layer1[0], torch.randn(2, 64, 8, 8)
    with torch.no_grad():
        change = block.bn2(block.conv2(block.bn1(block.conv1(seen)).relu())).relu()
        expected = (block.bn3(block.conv3(change)) + block.downsample[1](block.downsample[0](seen))).relu()
        torch.testing.assert_close(block(seen), expected)


def test_gradients_agree_with_finite_differences():
    network = ResNet(18).double().eval()
    image = torch.randn(1, 3, 32, 32, dtype=torch.float64)
    weight = network.layer2[0].conv1.weight
    network.maps(image).square().mean().backward()
    step = torch.zeros_like(weight)
    step[3, 5, 1, 1] = 1e-5
    with torch.no_grad():
        found = []
        for sign in (1, -1):
            weight += sign * step
            found.append(network.maps(image).square().mean())
            weight -= sign * step
    numeric = (found[0] - found[1]) / 2e-5
    assert numeric == pytest.approx(float(weight.grad[3, 5, 1, 1]), rel=1e-4)


def test_activations_of_random_weights_neither_grow_nor_vanish(networks):
    with torch.no_grad():
        sizes = [float(each.std()) for each in networks[18].stages(torch.randn(2, 3, 112, 112))]
    assert all(0.1 < size < 10 for size in sizes), sizes


def test_another_depth_is_refused():
    with pytest.raises(OptionError, match="no such ResNet.*18"):
        ResNet(19)
