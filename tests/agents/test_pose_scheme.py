"""The data generation scheme: images of hands for what was demonstrated, found in the paper's order."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the estimator needs torch")

from conftest import needs_gl

from agents.estimator import sequences
from agents.estimator.scheme import BELOW, Scheme, camera_below, generate, shown_hands
from hand_envs.datasets.pose_sequences import read_pose_sequences
from hand_envs.datasets.shipped import demonstrations_of
from hand_envs.errors import OptionError
from hand_envs.images.writing import Recipe, write_images
from hand_envs.poses.frames import azimuth_elevation, normalised, view_direction
from hand_envs.poses.retrieval import REACH, PosePool, described

PEN = "HandPen-v0"
IMAGES = 3000


@pytest.fixture(scope="module")
def images():
    return sequences.MadeImages(IMAGES)


@pytest.fixture(scope="module")
def pool(images):
    return PosePool.of(images.points(np.arange(IMAGES)))


@pytest.fixture(scope="module")
def shown():
    return shown_hands(PEN, demonstrations_of(PEN)[:2])


def lazy_estimator(images):
    """Sees every hand 6 mm farther away than it is."""
    return lambda numbers: (images.points(numbers) + np.array([0, 0, 0.006]), np.zeros((len(numbers), 3)))


@pytest.fixture(scope="module")
def made(images, pool):
    demonstrations = demonstrations_of(PEN)[:2]
    see = lazy_estimator(images)
    return generate(PEN, demonstrations, np.array([0, 1]), pool, images.points, see, Scheme(3, 5, 10), True)


def test_the_camera_looks_up_from_below(shown):
    camera = camera_below(shown)
    assert (shown[..., 2] > camera[2]).all()
    assert abs((shown[..., [0, 5, 9, 13, 17], 2].mean() - camera[2]) - BELOW) < 1e-9


def test_images_are_seen_from_where_the_camera_sees_the_hand(made, shown, pool):
    seen = azimuth_elevation(view_direction(made.hands("gt")[:, 0]))
    wanted = azimuth_elevation(view_direction(shown, camera_below(shown)))
    away = np.abs((seen - wanted + np.pi) % (2 * np.pi) - np.pi)
    assert away.max() < 2 * REACH + 1e-5  # the pool is small, so the reach may have been doubled
    assert np.median(away) < REACH


def test_the_first_sequence_has_the_nearest_image_of_each_step(made, shown, pool):
    wanted = azimuth_elevation(view_direction(shown, camera_below(shown)))
    poses = normalised(shown)[..., 1:, :].reshape(*shown.shape[:2], 60)
    for demonstration, step in [(0, 0), (0, 77), (1, 149)]:
        found, _ = pool.nearest(*wanted[demonstration, step], poses[demonstration, step], 5)
        numbers = made.numbers[made.frames[demonstration, :, step]]
        assert numbers[0] == found[0]
        assert set(numbers) <= set(found)


def test_other_sequences_hold_a_rank_for_a_while(images, pool, shown):
    scheme = Scheme(variants=2, among=50, hold=10)
    assert (
        scheme.frames(
            pool,
            shown,
        )
        == scheme.frames(pool, shown)
    ).all()
    ranks = scheme._ranks(0, 1, 150)
    assert (ranks.reshape(15, 10) == ranks[::10, None]).all()
    assert len(set(ranks)) > 8
    assert (ranks != scheme._ranks(1, 1, 150)).any()


def test_errors_are_told(made):
    assert made.notes["error_mm"] == pytest.approx(6.0, abs=1e-3)
    assert made.notes["images"] == len(made.numbers) == len(made.points["gt"])
    assert 0 < made.notes["gt_step_mm"] < 20
    assert made.features.shape == (len(made.numbers), 3)


def test_the_command_writes_what_a_user_reads(tmp_path, monkeypatch, capsys):
    demonstrations = demonstrations_of(PEN)
    monkeypatch.setattr(sequences, "posed_demonstrations", lambda env_id: demonstrations[:3])
    monkeypatch.setattr(sequences, "demonstrations_of", lambda env_id, source=None: demonstrations[:2])
    out = tmp_path / "pen.npz"
    command = sequences.Command(PEN, out, estimator="none", images=500, pool=tmp_path / "pool")
    assert sequences.main(command) == 0
    read = read_pose_sequences(out)
    assert read.splits.tolist() == [0, 1, 2]
    assert read.notes["pool"] == "synthetic"
    assert set(read.points) == {"gt"}
    assert "pen.npz" in capsys.readouterr().out
    with pytest.raises(OptionError, match="at least 16"):
        sequences.main(sequences.Command(PEN, out, estimator="none", images=5))


def test_impossible_schemes_are_refused():
    for name in ("variants", "among", "hold"):
        with pytest.raises(OptionError, match=name):
            Scheme(**{name: 0})


@needs_gl
def test_a_folder_of_images_is_a_pool_too(tmp_path):
    """Written in BigHand's layout, read back: hands are found by the numbers that the folder gives them."""
    list(write_images(tmp_path / "set", Recipe(subjects=(4, 5), frames=6)))
    folder = sequences.FolderImages(str(tmp_path / "set"), "Subject_5", 5)
    assert len(folder.numbers) == 5
    pool = sequences.pool_of(folder, tmp_path / "pool")
    angles, poses = described(folder.points(folder.numbers))
    found = [int(pool.nearest(*angle, pose)[0][0]) for angle, pose in zip(angles, poses, strict=True)]
    assert found == folder.numbers.tolist()

    def middle(depth, centres):
        return np.repeat(centres[:, None], 21, axis=1), depth.mean(axis=(1, 2))[:, None]

    points, features = folder.seen(middle, folder.numbers)
    assert np.linalg.norm(points[:, 0] - folder.points(folder.numbers)[:, 9], axis=-1).max() < 0.05
    assert (features < 1).all(), "there is a hand in every image"
