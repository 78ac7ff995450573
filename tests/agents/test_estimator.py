"""The estimator learns, goes on where it was, refuses what is hostile, and its crops and labels stay together."""

from __future__ import annotations

import itertools
import json
import pickle

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
import splatted_hands
import torch

from agents import estimator
from agents.estimator import crops as geometry
from agents.estimator import principal
from agents.estimator.blocks import blocks
from agents.estimator.centring import centre_of_mass, refined
from agents.estimator.config import EstimatorConfig
from agents.estimator.crops import Crops
from agents.estimator.deep import DeepEstimator
from agents.estimator.errors import measured
from agents.estimator.network import HandNetwork
from agents.estimator.training import Training
from hand_envs.errors import DatasetError, OptionError

SIDE = 0.25


def crops(seed: int, count: int, size: int = 64, off: float = 0.006) -> Crops:
    """Hands half a metre off, about the middle finger's knuckle."""
    draw = np.random.default_rng(seed)
    hands = splatted_hands.points(draw, count) + draw.uniform([-0.1, -0.1, 0.4], [0.1, 0.1, 0.7], (count, 1, 3))
    centres = hands[:, 9] + draw.normal(0, off, (count, 3))
    return Crops(splatted_hands.depth(hands, centres, SIDE, size), hands, centres, np.full(count, SIDE))


class Splatted:
    """A source of them."""

    def __init__(self, config: EstimatorConfig) -> None:
        self.side = config.side

    def block(self, number: int, count: int, split: str) -> Crops:
        return crops([number, ("train", "validation", "test").index(split)], count, size=16)


TINY = EstimatorConfig(block=16, reuse=2, batch=8, steps=96, components=8)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# --- geometry -------------------------------------------------------------------------------------------------------


def test_points_go_to_the_image_and_back():
    given = crops(0, 8, 4)
    seen = geometry.to_image(given.points, given.centre, given.side)
    back = geometry.from_image(seen, given.points[..., 2], given.centre, given.side)
    np.testing.assert_allclose(back, given.points, atol=1e-12)
    cube = geometry.to_cube(given.points, given.centre, given.side)
    np.testing.assert_allclose(geometry.from_cube(cube, given.centre, given.side), given.points, atol=1e-12)
    corner = given.centre[:, None] + np.array([[[SIDE / 2, -SIDE / 2, 0]]])
    np.testing.assert_allclose(
        geometry.to_image(corner, given.centre, given.side), np.tile([[[1, -1]]], (8, 1, 1)), atol=1e-12
    )


CHANGES = {
    "com": ([0.012, -0.02, 0.015], 0.0, 1.0),
    "rot": ([0, 0, 0], 2.0, 1.0),
    "sc": ([0, 0, 0], 0.0, 1.1),
    "all": ([-0.01, 0.01, -0.01], -0.7, 0.95),
}


@pytest.mark.parametrize("change", CHANGES)
def test_labels_move_with_the_image(change):
    """A pixel painted where a joint is seen, at its depth, is where the joint is seen afterwards."""
    move, turn, scale = CHANGES[change]
    given = crops(3, 12, 128)
    alone = np.repeat(given.points[:, 12:13], 21, axis=1)  # the tip of the middle finger
    depth = np.ones((12, 128, 128), np.float32)
    seen = geometry.to_image(alone, given.centre, given.side)[:, 0]
    column, row = np.clip(((seen.T + 1) * 64).astype(int), 1, 126)
    for i in range(12):
        depth[i, row[i] - 1 : row[i] + 2, column[i] - 1 : column[i] + 2] = (alone[i, 0, 2] - given.centre[i, 2]) / (
            SIDE / 2
        )
    before = Crops(depth, alone, given.centre, given.side)
    after = geometry.moved(before, np.tile(move, (12, 1)), np.full(12, turn), np.full(12, scale))
    expected = geometry.to_image(after.points, after.centre, after.side)[:, 0]
    checked = 0
    for i in np.flatnonzero(np.abs(np.concatenate([seen, expected], axis=1)).max(axis=1) < 0.95):
        rows, columns = np.nonzero(after.depth[i] < 1)
        found = (np.array([columns.mean(), rows.mean()]) + 0.5) / 64 - 1
        np.testing.assert_allclose(found, expected[i], atol=2.5 / 64)
        value = (after.points[i, 0, 2] - after.centre[i, 2]) / (after.side[i] / 2)
        np.testing.assert_allclose(after.depth[i][rows, columns], value, atol=1e-5)
        checked += 1
    assert checked > 4


def test_a_turned_hand_looks_as_if_drawn_turned():
    given = crops(5, 6, 64, off=0.0)
    turned = geometry.moved(given, np.zeros((6, 3)), np.full(6, 0.9), np.ones(6))
    drawn = splatted_hands.depth(turned.points, turned.centre, SIDE, 64)
    differs = np.mean(np.abs(turned.depth - drawn) > 0.15, axis=(1, 2))
    assert differs.max() < 0.05, "but for the rims"
    assert np.mean(np.abs(given.depth - drawn) > 0.15) > 0.1


def test_each_image_is_varied_in_one_way_only():
    given = crops(6, 64, 8)
    varied = geometry.augmented(given, np.random.default_rng(0), geometry.MODES)
    moved = np.abs(varied.centre - given.centre).max(axis=1) > 0
    resized = varied.side != given.side
    turned = ~moved & ~resized & (np.abs(varied.points - given.points).max(axis=(1, 2)) > 1e-9)
    none = ~(moved | resized | turned)
    assert not (moved & resized).any()
    assert min(moved.sum(), resized.sum(), turned.sum(), none.sum()) > 5
    np.testing.assert_array_equal(varied.depth[none], given.depth[none])
    np.testing.assert_allclose(varied.points[moved | none], given.points[moved | none], atol=1e-12)


def test_hands_stand_upright_however_they_are_turned():
    """An image and the same one turned come to the same, and so do their labels."""
    given = crops(8, 24, 64, off=0.0)
    turn = np.random.default_rng(0).uniform(-3, 3, 24)
    ones, still = np.ones(24), np.zeros((24, 3))
    other = geometry.moved(given, still, turn, ones)
    upright = [geometry.moved(each, still, geometry.to_upright(each.depth), ones) for each in (given, other)]
    apart = np.abs(upright[0].points - upright[1].points).max(axis=(1, 2))
    assert np.median(apart) < 0.004
    assert np.mean(apart < 0.015) > 0.8, "but for those as long as wide, or alike at both ends"
    np.testing.assert_allclose(np.cos(geometry.to_upright(upright[0].depth))[apart < 0.015], 1, atol=0.01)
    varied = geometry.augmented(other, np.random.default_rng(0), ("none",), upright=True)
    np.testing.assert_array_equal(varied.depth, upright[1].depth)


def test_components_hold_what_varies():
    points = crops(1, 300, 2).points - crops(1, 300, 2).centre[:, None]
    mean, basis = principal.fitted(points, 63)
    np.testing.assert_allclose(basis @ basis.T, np.eye(63), atol=1e-9)
    np.testing.assert_allclose(principal.decoded(principal.coded(points, mean, basis), mean, basis), points, atol=1e-9)
    errors = []
    for count in (10, 30):
        mean, basis = principal.fitted(points, count)
        errors.append(np.abs(principal.decoded(principal.coded(points, mean, basis), mean, basis) - points).mean())
    assert errors[1] < errors[0] / 2
    with pytest.raises(OptionError, match="components=64"):
        principal.fitted(points, 64)


# --- centres --------------------------------------------------------------------------------------------------------


def test_the_centre_of_mass_is_where_a_ball_is():
    centres = np.array([[0.05, -0.03, 0.5]] * 2)
    hands = np.repeat(centres[:, None] + [[[0.03, 0.02, 0.01]]], 21, axis=1)
    given = Crops(splatted_hands.depth(hands, centres, SIDE, 64), hands, centres, np.full(2, SIDE))
    given.depth[1] = 1
    found = centre_of_mass(given)
    np.testing.assert_allclose(found[0], hands[0, 0], atol=0.009)
    np.testing.assert_array_equal(found[1], centres[1])


def test_refining_goes_to_the_knuckle():
    given = crops(9, 8, 64, off=0.02)

    class Knows:
        side = 0.2

        def __call__(self, depth, centres):
            return given.points, np.zeros((len(depth), 0))

    found = refined(Knows(), given)
    np.testing.assert_allclose(found.centre, given.points[:, 9])
    np.testing.assert_allclose(found.side, 0.2)


# --- learning -------------------------------------------------------------------------------------------------------


def test_a_few_images_are_learned_by_heart(tmp_path):
    class Few:
        def __init__(self, config: EstimatorConfig) -> None:
            self.few = crops(2, 16)

        def block(self, number: int, count: int, split: str) -> Crops:
            return self.few

    config = EstimatorConfig(
        steps=16 * 60, block=16, batch=16, reuse=60, dropout=0.0, modes=("none",), learning_rate=2e-3, components=16
    )
    training = Training(config, tmp_path / "run", make=Few, process=False, frames=16)
    shipped = estimator.load(training.run())
    error = measured(shipped, crops(2, 16)).mean
    assert error < 0.006
    assert training.notes[-1]["test"]["mean_mm"] == pytest.approx(1e3 * error, abs=0.3)


def test_a_run_that_was_stopped_ends_as_if_it_had_not(tmp_path):
    whole = Training(TINY, tmp_path / "whole", make=Splatted, process=False, frames=8)
    whole.run()

    def stop(batch):
        if batch["steps"] == 40:
            raise KeyboardInterrupt

    stopped = Training(TINY, tmp_path / "stopped", make=Splatted, process=False, frames=8, watch=stop)
    stopped._kept_at = -1e9
    with pytest.raises(KeyboardInterrupt), stopped.open():
        stopped.learn()
    again = Training(TINY, tmp_path / "stopped", True, make=Splatted, process=False, frames=8)
    again.run()
    assert again.steps == whole.steps
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name]), name
    with pytest.raises(OptionError, match="dropout"):
        Training(EstimatorConfig(**{**TINY.as_data(), "dropout": 0.1}), tmp_path / "stopped", True, make=Splatted)
    with pytest.raises(OptionError, match="--resume"):
        Training(TINY, tmp_path / "stopped", make=Splatted)


def test_blocks_come_from_another_process_as_from_this_one():
    def first(process: bool) -> list[Crops]:
        with blocks(TINY, Splatted, 3, process) as coming:
            return list(itertools.islice(coming, 2))

    for here, there in zip(first(False), first(True), strict=True):
        np.testing.assert_array_equal(here.points, there.points)
        np.testing.assert_allclose(here.depth, there.depth, atol=1e-3)


class Broken:
    def __init__(self, config: EstimatorConfig) -> None:
        raise OptionError("There is no such hand.")


def test_what_is_wrong_in_the_other_process_is_said_in_this_one():
    with blocks(TINY, Broken, 0) as coming, pytest.raises(OptionError, match="no such hand"):
        next(coming)


def test_the_published_size_is_the_papers():
    network = HandNetwork(EstimatorConfig(size="published"))
    weights = sum(each.numel() for each in network.parameters())
    assert 6.0e6 < weights < 6.5e6
    code, features = network.eval()(torch.zeros(1, 128, 128))
    assert (code.shape, features.shape) == ((1, 30), (1, 1024))


# --- files and strangers --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    torch.manual_seed(0)
    return DeepEstimator(TINY, HandNetwork(TINY)).save(tmp_path_factory.mktemp("estimator") / "it", {"images": 0})


def test_what_was_saved_is_loaded_and_small(saved):
    torch.manual_seed(0)
    before, after = DeepEstimator(TINY, HandNetwork(TINY)), estimator.load(saved)
    given = crops(4, 3)
    for one, other in zip(before(given.depth, given.centre), after(given.depth, given.centre), strict=True):
        np.testing.assert_allclose(one, other, atol=0.02 * np.abs(one).max())
    assert sum(each.stat().st_size for each in saved.iterdir()) < 8e6


def test_features_do_not_depend_on_who_else_is_in_the_batch(saved):
    estimate, given = estimator.load(saved), crops(4, 5)
    points, features = estimate(given.depth, given.centre)
    one, alone = estimate(given.depth[2:3], given.centre[2:3])
    assert features.shape == (5, 1024)
    np.testing.assert_allclose(points[2:3], one, atol=1e-5)
    np.testing.assert_allclose(features[2:3], alone, atol=1e-4)
    assert estimate(given.depth[:0], given.centre[:0])[0].shape == (0, 21, 3)


class _Evil:
    def __reduce__(self):
        return print, ("run!",)


def _pickled(path):
    path.write_bytes(pickle.dumps(_Evil()))


def _torch_pickled(path):
    torch.save({"first.weight": _Evil()}, path)


def _cut(path):
    path.write_bytes(path.read_bytes()[:1000])


def _not_finite(path):
    stored = torch.load(path, weights_only=True)
    stored["first.bias"][0] = float("nan")
    torch.save(stored, path)


def _of_another(path):
    stored = torch.load(path, weights_only=True)
    stored["code.weight"] = torch.zeros(31, 1024)
    torch.save(stored, path)


@pytest.mark.parametrize("damage", [_pickled, _torch_pickled, _cut, _not_finite, _of_another])
def test_hostile_weights_are_refused(saved, tmp_path, capsys, damage):
    folder = tmp_path / "it"
    folder.mkdir()
    for each in saved.iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    damage(folder / "weights.pt")
    with pytest.raises(DatasetError, match=r"weights\.pt"):
        estimator.load(folder)
    assert "run!" not in capsys.readouterr().out


@pytest.mark.parametrize("change", [{"components": 10**9}, {"size": "huge"}, {"unheard": 1}, {"side": "wide"}])
def test_hostile_configs_are_refused(saved, tmp_path, change):
    (tmp_path / "config.json").write_text(json.dumps({**TINY.as_data(), **change}))
    (tmp_path / "weights.pt").write_bytes((saved / "weights.pt").read_bytes())
    with pytest.raises(DatasetError, match=r"config\.json"):
        estimator.load(tmp_path)


class Linear:
    """A stranger's estimator: least squares on coarse pixels."""

    side = SIDE

    def __init__(self, seed: int = 0) -> None:
        known = crops(seed, 400, 8)
        cube = geometry.to_cube(known.points, known.centre, known.side).reshape(400, -1)
        self.weights = np.linalg.lstsq(self._seen(known.depth), cube, rcond=0.1)[0]

    def _seen(self, depth):
        return np.concatenate([depth.reshape(len(depth), -1), np.ones((len(depth), 1))], axis=1)

    def __call__(self, depth, centres):
        seen = self._seen(depth)
        points = (seen @ self.weights).reshape(-1, 21, 3)
        return geometry.from_cube(points, centres, np.full(len(depth), self.side)), seen


def test_a_strangers_estimator_plugs_in_by_its_address():
    given = crops(77, 100, 8)
    stranger = estimator.load(f"{__name__}:Linear", seed=5)
    nobody = np.linalg.norm(given.points - given.centre[:, None], axis=-1).mean()
    assert measured(stranger, given).mean < nobody
    with pytest.raises(OptionError, match="expected 'package.module:Class'"):
        estimator.load("no.such:thing")
    with pytest.raises(OptionError, match="`side`"):
        estimator.load("builtins:dict")
    with pytest.raises(DatasetError, match="no checkpoint"):
        estimator.load("nowhere")


def test_images_of_the_wrong_shape_are_named(saved):
    estimate = estimator.load(saved)
    with pytest.raises(OptionError, match=r"depth\[None\]"):
        estimate(np.ones((128, 128)), np.zeros(3))
    with pytest.raises(OptionError, match="not finite"):
        estimate(np.ones((1, 128, 128)), np.full((1, 3), np.nan))
