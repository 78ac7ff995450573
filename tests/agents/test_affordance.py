"""The affordance prior: labels, mixtures, crops, what is learned from them, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
import torch

from agents.cem.affordance import losses
from agents.cem.affordance.config import AffordanceConfig
from agents.cem.affordance.cropping import AboveTable, box_of, components, cut, from_square, square_of, to_square
from agents.cem.affordance.examples import Examples, absolute, examples_of, mean_wrist, relative, varied
from agents.cem.affordance.labels import Label, read_label, read_labels, write_label
from agents.cem.affordance.learned import Learned
from agents.cem.affordance.mixture import Mixture, fitted
from agents.cem.affordance.network import spatial_softmax
from agents.cem.affordance.training import Training
from agents.cem.affordance.words import BagOfWords, encoder
from hand_envs.core.turns import angle_between, matrix_of
from hand_envs.errors import DatasetError, HandEnvsError, OptionError

COLOURS = 3


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def squares(count: int, seed: int = 0) -> list[Label]:
    """Pictures of one bright square on grey: it is touched in its middle, by a hand that its colour decides."""
    rng, labels = np.random.default_rng(seed), []
    for _ in range(count):
        colour, middle = rng.integers(COLOURS), rng.integers(30, 60, 2)
        image = np.full((90, 90, 3), 70, np.uint8)
        image[middle[1] - 8 : middle[1] + 8, middle[0] - 8 : middle[0] + 8, colour] = 230
        hand = np.zeros(48)
        hand[:3], hand[3:] = [2.9 + 0.4 * colour, 0.0, 0.0], 0.3 * colour
        away = rng.uniform(-12, 12, 2)  # the box is not about the square, so that the middle of the crop is no answer
        box = np.concatenate([middle + away - 16, middle + away + 16])
        labels.append(Label(image, np.clip(box, 0, 90), "touch the square", middle[None].astype(float), hand))
    return labels


# --- labels ---------------------------------------------------------------------------------------------------------


def test_a_label_is_read_as_it_was_written(tmp_path):
    (label,) = squares(1)
    write_label(tmp_path / "a.pkl", label)
    read = read_label(tmp_path / "a.pkl")
    np.testing.assert_array_equal(read.image, label.image)
    for name in ("box", "contact", "hand"):
        np.testing.assert_allclose(getattr(read, name), getattr(label, name))
    assert read.text == label.text


def released(**changes: object) -> dict:
    """A dict as DEFT's files hold it."""
    return {
        "img": np.zeros((40, 50, 3), np.uint8),
        "narration": "picks up the cup",
        "contact_object_det": {"bbox": [5, 6, 30, 35], "class": "cup"},
        "contact": np.array([[10.0, 12.0, 0.5]] * 7),
        "contact_grasp": [{"right_hand": {"pred_hand_pose": np.ones(48, np.float32)}}],
        "traj": {"RIGHT": {"traj": np.zeros((9, 2))}},
    } | changes


def test_what_deft_released_is_read(tmp_path):
    import pickle

    file = tmp_path / "hoi4d" / "labels" / "1.pkl"
    file.parent.mkdir(parents=True)
    file.write_bytes(pickle.dumps(released(), protocol=4))
    left = {"contact_grasp": [{"left_hand": {"pred_hand_pose": np.ones((1, 48))}}]}
    file.with_name("2.pkl").write_bytes(pickle.dumps(released(**left)))
    (label,) = read_labels(tmp_path)  # the left hand's is left out
    assert label.contact.shape == (5, 2)
    assert label.hand.shape == (48,)
    assert label.text == "picks up the cup"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"img": np.zeros((4, 4), np.uint8)}, "'img'"),
        ({"contact": np.zeros((0, 3))}, "at least one"),
        ({"contact": np.full((2, 3), np.nan)}, "not finite"),
        ({"contact_object_det": {"bbox": [60, 6, 90, 35]}}, "no part of it lies in a picture of 50 x 40"),
        ({"contact_grasp": [{"right_hand": {"pred_hand_pose": np.ones(45)}}]}, "'pred_hand_pose' is (45,)"),
        ({"narration": 3}, "'narration' is int"),
        ({"contact_grasp": []}, "no 0"),
    ],
)
def test_a_damaged_label_is_refused_by_name(tmp_path, changes, said):
    import pickle

    file = tmp_path / "odd.pkl"
    file.write_bytes(pickle.dumps(released(**changes)))
    with pytest.raises(DatasetError) as raised:
        read_label(file)
    assert said in str(raised.value)
    assert str(file) in str(raised.value)


def test_a_folder_without_labels_says_how_to_get_some(tmp_path):
    with pytest.raises(DatasetError, match="agents.cem.affordance make"):
        read_labels(tmp_path)


# --- contact as a mixture -------------------------------------------------------------------------------------------


def test_a_mixture_finds_the_centres_that_points_came_from():
    rng = np.random.default_rng(0)
    centres = np.array([[10.0, 10.0], [40.0, 12.0], [25.0, 50.0]])
    points = np.concatenate([rng.normal(centre, [2.0, 3.0], (80, 2)) for centre in centres])
    found = fitted(points, rng)
    assert len(found.means) == 3
    away = np.linalg.norm(found.means[:, None] - centres, axis=-1)
    assert away.min(axis=1).max() < 1.0
    np.testing.assert_allclose(found.weights, 1 / 3, atol=0.03)


def test_one_cloud_is_one_centre_and_one_point_will_do():
    rng = np.random.default_rng(1)
    assert len(fitted(rng.normal(20, 4, (200, 2)), rng).means) == 1
    np.testing.assert_allclose(fitted(np.array([[3.0, 4.0]]), rng).means, [[3.0, 4.0]])


def test_the_density_of_a_single_gaussian_is_what_it_is():
    one = Mixture(np.ones(1), np.zeros((1, 2)), np.array([[4.0, 9.0]]))
    expected = -0.5 * (1.0 + 1.0) - np.log(2 * np.pi * 6.0)
    np.testing.assert_allclose(one.log_density(np.array([[2.0, 3.0]])), expected)


# --- crops ----------------------------------------------------------------------------------------------------------


def test_parts_that_touch_at_a_corner_are_one():
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]], bool)
    names = components(mask)
    assert names.max() == 3
    assert (names[~mask] == 0).all()
    assert names[0, 0] == names[1, 1] != names[0, 3]
    assert names[3, 0] == names[3, 1]


def test_a_spiral_is_one_part():
    mask = np.ones((9, 9), bool)
    mask[1, :8] = mask[1:8, 7] = mask[7, 1:8] = mask[3:8, 1] = False
    assert components(mask).max() == 1


def test_the_cropper_takes_the_largest_thing_above_the_table():
    points = np.zeros((40, 60, 3))
    points[..., :2] = np.stack(np.meshgrid(np.linspace(-0.3, 0.3, 60), np.linspace(-0.2, 0.2, 40)), -1)
    points[5:15, 10:30, 2] = 0.05
    points[30:34, 40:44, 2] = 0.2
    points[20:39, 0:5, 2] = np.nan  # no depth is no thing
    mask = AboveTable()(np.zeros((40, 60, 3), np.uint8), points, "")
    np.testing.assert_array_equal(box_of(mask), [10, 5, 30, 15])
    with pytest.raises(OptionError, match="Nothing to grasp"):
        AboveTable()(np.zeros((40, 60, 3), np.uint8), np.zeros((40, 60, 3)), "")


def test_a_crop_shows_what_lies_in_its_square():
    image = np.random.default_rng(0).integers(0, 255, (30, 40, 3)).astype(np.uint8)
    np.testing.assert_allclose(cut(image, np.array([4.0, 6.0, 14.0, 16.0]), 10), image[6:16, 4:14])
    square = square_of(np.array([10.0, 10.0, 30.0, 20.0]), 1.5)
    np.testing.assert_allclose(square, [5, 0, 35, 30])
    pixels = np.array([[5.0, 15.0], [20.0, 30.0]])
    np.testing.assert_allclose(to_square(pixels, square), [[-1, 0], [0, 1]])
    np.testing.assert_allclose(from_square(to_square(pixels, square), square), pixels)


# --- the network's parts --------------------------------------------------------------------------------------------


def test_the_spatial_softmax_finds_a_peak():
    maps = torch.zeros(1, 2, 8, 8)
    maps[0, 0, 1, 6] = maps[0, 1, 4, 4] = 50.0
    points, shares = spatial_softmax(maps)
    np.testing.assert_allclose(points[0], [[0.625, -0.625], [0.125, 0.125]], atol=1e-5)
    np.testing.assert_allclose(shares.sum(dim=(2, 3)), 1.0, atol=1e-5)


def test_the_contact_error_knows_no_order_but_counts_each_centre_once():
    centres = torch.tensor([[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, 0.5]]])
    assert losses.contact_error(centres[:, [3, 1, 4, 0, 2]], centres).item() == pytest.approx(0.0, abs=1e-5)
    same = torch.zeros(1, 5, 2)
    assert losses.contact_error(same, centres).item() == pytest.approx((1 + 1 + 2 + 0.5) ** 0.5, rel=1e-5)


def test_wrists_are_learned_as_turns_from_the_mean_one():
    rng = np.random.default_rng(0)
    hands = rng.normal(0, 0.3, (200, 48))
    hands[:, 0] += np.pi  # half of these vectors point the other way round
    wrist = mean_wrist(hands)
    turns = relative(hands, wrist)
    assert np.linalg.norm(turns[:, :3], axis=1).max() < 2.0
    back = absolute(turns.astype(np.float64), wrist)
    assert angle_between(matrix_of(back[:, :3]), matrix_of(hands[:, :3])).max() < 1e-5
    np.testing.assert_allclose(back[:, 3:], hands[:, 3:], atol=1e-6)


def test_varied_crops_keep_their_contact_on_the_same_spot():
    examples = examples_of(squares(40), BagOfWords())
    images, contact = varied(examples, np.random.default_rng(0), 0.1, 0.0, 1.0)
    for image, (x, y) in zip(images, contact[:, 0], strict=True):
        column, row = ((np.array([x, y]) + 1) * 32).astype(int).clip(0, 63)
        assert image[:, row, column].max() > 0.6, "the square is there"


def test_words_are_told_apart_and_filling_ones_are_not_heard():
    bags = BagOfWords()(["pick up the cup", "Pick up a cup!", "open the drawer", ""])
    np.testing.assert_array_equal(bags[0], bags[1])
    assert bags[0] @ bags[2] == 0
    assert bags[0] @ bags[0] == pytest.approx(1)
    assert not bags[3].any()


def test_clip_without_its_weights_says_what_to_do():
    with pytest.raises(HandEnvsError, match="pip install|hf download"):
        encoder("clip")
    with pytest.raises(OptionError, match="words, clip"):
        encoder("bert")


# --- learning -------------------------------------------------------------------------------------------------------

SMALL = AffordanceConfig(steps=640, batch=16, learning_rate=2e-3, clips=200, shift=0.05, tint=0.05, swap=0.0)


def examples(count: int = 200) -> Examples:
    return examples_of(squares(count), BagOfWords())


def test_it_learns_where_and_how_squares_are_touched(tmp_path):
    training = Training(SMALL, tmp_path / "run", examples=examples())
    learned = Learned.load(training.run())
    tests = squares(30, seed=9)
    crops = np.stack([cut(each.image, square_of(each.box, 1.3), 64) for each in tests])
    said = learned(crops, [each.text for each in tests])
    truth = np.stack([to_square(each.contact[0], square_of(each.box, 1.3)) for each in tests])
    off = np.linalg.norm(said.points.mean(axis=1) - truth, axis=1).mean()
    middle = np.linalg.norm(truth, axis=1).mean()
    assert off < 0.6 * middle, "better than the middle of the crop"
    np.testing.assert_allclose(said.maps.sum(axis=(2, 3)), 1.0, atol=1e-4)
    hands = np.stack([each.hand for each in tests])
    turned = angle_between(matrix_of(said.hands[:, :3]), matrix_of(hands[:, :3])).mean()
    assert turned < 0.2, "the mean wrist is 0.27 rad away from each, in the mean"


def test_a_run_goes_on_bit_for_bit(tmp_path, monkeypatch):
    config = AffordanceConfig(steps=192, batch=32, clips=200)
    whole = Training(config, tmp_path / "whole", examples=examples(60)).run()
    cut_short = Training(config, tmp_path / "cut", examples=examples(60))

    def stop(batch: dict) -> None:
        if batch["steps"] == 96:
            cut_short.keep()
            raise KeyboardInterrupt

    cut_short.watch = stop
    with pytest.raises(KeyboardInterrupt):
        cut_short.run()
    again = Training(config, tmp_path / "cut", resume=True, examples=examples(60)).run()
    one, other = (torch.load(folder / "weights.pt", weights_only=True) for folder in (whole, again))
    assert all(torch.equal(one[name], other[name]) for name in one)
    with pytest.raises(OptionError, match="--resume"):
        Training(config, tmp_path / "cut", examples=examples(60))


def test_a_stored_prior_that_is_none_is_refused_by_name(tmp_path):
    folder = Training(AffordanceConfig(steps=32, batch=32, clips=60), tmp_path / "run", examples=examples(60)).run()
    config = Path(folder) / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "text": "latin"}))
    with pytest.raises(DatasetError, match=r"config\.json.*words, clip"):
        Learned.load(folder)


def test_what_is_no_crop_is_refused(tmp_path):
    folder = Training(AffordanceConfig(steps=32, batch=32, clips=60), tmp_path / "run", examples=examples(60)).run()
    with pytest.raises(OptionError, match=r"crops \(1, 64, 64, 3\), got \(64, 64, 3\)"):
        Learned.load(folder)(np.zeros((64, 64, 3)), ["pick"])
