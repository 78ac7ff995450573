"""The supervised kappa: learns a hand's poses, goes on bit for bit, and says what is wrong with pairs."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
from every_env import bare_task

from agents.kappa.__main__ import main
from agents.kappa.pairs import Pairs
from agents.kappa.settings import Settings
from agents.kappa.training import Training, train
from hand_envs.core.simulation import Simulation
from hand_envs.errors import DatasetError, OptionError
from hand_envs.poses.retargeting import Learned, actions

SMALL = Settings(iterations=300, network=(8,))


@pytest.fixture(scope="module")
def adroit():
    """The hand, its model, and 600 of its own poses: points (m), and the actions that are in them."""
    task = bare_task("HandRelocate-v0")
    sim = Simulation(task.scene(), 600)
    hand, model = task.hand, sim.model
    joints = hand.wrist + hand.fingers
    low, high = np.array([model.actuator(hand.actuator_prefix + joint).ctrlrange for joint in joints]).T
    hand.keypoints(sim)  # what is computed is what somebody has asked for
    rng = np.random.default_rng(0)
    shares = rng.uniform(0.2, 0.8, (600, 1)) + rng.uniform(-0.15, 0.15, (600, len(joints)))
    targets = low + shares * (high - low)
    for column, joint in enumerate(joints):
        sim.qpos[:, model.joint(joint).qposadr[0]] = targets[:, column]
    sim.forward()
    points = hand.keypoints(sim).copy()
    return hand, model, Pairs.of_points(points, actions(targets, low, high), joints, low, high), points


def part(pairs: Pairs, rows: slice) -> Pairs:
    return Pairs(pairs.inputs[rows], pairs.targets[rows], pairs.joints, pairs.low, pairs.high)


def test_a_kappa_learns_poses_of_the_hand(adroit, tmp_path):
    """Fingers bend as they should on poses it has not seen; the wrist is not to be seen in the points."""
    hand, model, pairs, points = adroit
    settings = Settings(iterations=2000)
    training = Training(part(pairs, slice(500)), tmp_path, settings, validation=part(pairs, slice(500, 600)))
    kappa = Learned(hand, model, training.run())
    made = kappa(points[500:], kappa.memory(100))
    wanted = pairs.low + (pairs.targets[500:] + 1) / 2 * (pairs.high - pairs.low)
    error = np.abs(made - wanted).mean()
    assert error == pytest.approx(training.error, rel=1e-4), "the network in NumPy is the one that was trained"
    still = np.abs(wanted - wanted.mean(axis=0)).mean()
    print("error", error, "of doing the same always", still)
    assert error < 0.25 * still


def test_it_goes_on_bit_for_bit(adroit, tmp_path):
    pairs = adroit[2]
    whole = Training(pairs, tmp_path / "whole", SMALL).run()
    Training(pairs, tmp_path / "parts", Settings(iterations=130, network=(8,))).run()
    with pytest.raises(OptionError, match="--resume"):
        Training(pairs, tmp_path / "parts", SMALL).run()
    parts = Training(pairs, tmp_path / "parts", SMALL, resume=True).run()
    one, other = (dict(np.load(file)) for file in (whole, parts))
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
    with pytest.raises(OptionError, match=r"another one \(pairs"):
        Training(part(pairs, slice(50)), tmp_path / "parts", SMALL, resume=True).run()
    with pytest.raises(OptionError, match=r"seed 1 -> 2"):
        Training(pairs, tmp_path / "parts", Settings(iterations=300, network=(8,), seed=2), resume=True).run()


def test_the_best_weights_on_validation_are_kept(adroit, tmp_path, monkeypatch):
    monkeypatch.setattr("agents.kappa.training._EVALUATE_EVERY", 50)
    pairs = adroit[2]
    errors = []
    original = Training._error_of
    monkeypatch.setattr(Training, "_error_of", lambda *given: errors.append(original(*given)) or errors[-1])
    few = Training(part(pairs, slice(8)), tmp_path, Settings(iterations=600), validation=part(pairs, slice(500, 600)))
    few.run()
    assert len(errors) == 12
    assert few.error == min(errors) < errors[-1], "eight pairs are learned by heart"
    assert original(few, few.validation) == few.error


def test_arrays_or_the_command_give_the_same_file(adroit, tmp_path, capsys):
    pairs = adroit[2]
    numbers = (part.astype(np.float32) for part in (pairs.inputs, pairs.targets))
    file = train(*numbers, tmp_path / "arrays", pairs.joints, pairs.low, pairs.high, SMALL)
    given = ["--pairs", str(pairs.save(tmp_path / "pairs.npz")), "--folder", str(tmp_path / "command")]
    assert main([*given, "--iterations", "300", "--network", "8"]) == 0
    assert "600 pairs" in capsys.readouterr().out
    one, other = (dict(np.load(each)) for each in (file, tmp_path / "command" / "kappa.npz"))
    for name in set(one) - {"provenance"}:
        np.testing.assert_array_equal(one[name], other[name])
    said = json.loads(str(other["provenance"]))
    assert (said["count"], said["iterations"], said["rate"]) == (600, 300, 1e-3)
    assert main([*given, "--iterations", "300", "--network", "8"]) == 2
    assert "--resume" in capsys.readouterr().err


def test_the_viewpoint_is_learned_from_when_it_is_asked_for(adroit, tmp_path):
    hand, model, pairs, points = adroit
    file = tmp_path / "pairs.npz"
    np.savez(file, points=points, actions=pairs.targets, joints=np.array(pairs.joints), low=pairs.low, high=pairs.high)
    assert Pairs.read(file).inputs.shape == (600, 63)
    seen = Pairs.read(file, viewpoint=True)
    np.testing.assert_allclose(np.linalg.norm(seen.inputs[:, 63:], axis=-1), 1.0)
    kappa = Learned(hand, model, Training(seen, tmp_path / "run", SMALL).run())
    assert kappa.viewpoint
    assert np.isfinite(kappa(points[:3], kappa.memory(3))).all()


def test_pairs_that_are_none(adroit, tmp_path):
    pairs = adroit[2]
    rest = pairs.joints, pairs.low, pairs.high
    for inputs, targets, said in (
        (pairs.inputs[:, :60], pairs.targets, "63 numbers a pose"),
        (pairs.inputs, pairs.targets[:5], "an action for each of 600 poses"),
        (pairs.inputs, pairs.targets * 3, "in [-1, 1]; the largest is"),
        (pairs.inputs * np.nan, pairs.targets, "finite"),
        (pairs.inputs[:0], pairs.targets[:0], "of 0 poses"),
        (pairs.inputs.astype("U8"), pairs.targets, "are an array of text"),
    ):
        with pytest.raises(OptionError) as raised:
            Pairs(inputs, targets, *rest)
        assert said in str(raised.value)
    np.savez(tmp_path / "some.npz", actions=pairs.targets)
    with pytest.raises(DatasetError, match=r"some\.npz.*no high, joints, low"):
        Pairs.read(tmp_path / "some.npz")
    (tmp_path / "text.npz").write_text("hello")
    assert main(["--pairs", str(tmp_path / "text.npz")]) == 2


def test_a_damaged_checkpoint_is_named(adroit, tmp_path):
    pairs = adroit[2]
    training = Training(pairs, tmp_path, SMALL)
    training.run()
    (training.records.latest() / "network.pt").write_bytes(b"torn")
    with pytest.raises(DatasetError, match=r"network\.pt"):
        Training(pairs, tmp_path, Settings(iterations=400, network=(8,)), resume=True).run()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"iterations": 0}, "iterations"),
        ({"rate": -1.0}, "rate"),
        ({"network": (64,) * 8}, "7 layers"),
        ({"seed": -1}, "seed"),
    ],
)
def test_settings_that_are_refused(changes, said):
    with pytest.raises(OptionError, match=said):
        Settings(**changes)


def test_a_training_that_diverges_says_so(adroit, tmp_path):
    with pytest.raises(OptionError, match="lower the rate"):
        Training(adroit[2], tmp_path, Settings(iterations=2000, rate=1e30)).run()
