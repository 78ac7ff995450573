"""Finding like hands among many: the same answers as looking at each, in a window that goes round."""

import numpy as np
import pytest

from hand_envs.errors import DatasetError, OptionError
from hand_envs.poses.human import forward, sample, subject
from hand_envs.poses.retrieval import REACH, PosePool, described


@pytest.fixture(scope="module")
def hands():
    """Hands seen from everywhere, half a metre before the camera."""
    generator = np.random.default_rng(0)
    points = forward(subject(3), sample(generator, 600))
    turns = np.linalg.qr(generator.normal(size=(600, 3, 3)))[0]
    turns[:, :, 2] *= np.linalg.det(turns)[:, None]
    return points @ turns.swapaxes(1, 2) + (0.0, 0.0, 0.5)


@pytest.fixture(scope="module")
def pool(hands):
    return PosePool.of(hands)


def scanned(hands, azimuth, elevation, pose, k):
    """What the pool should answer, by its definition."""
    angles, poses = (part.astype(np.float32) for part in described(hands))
    away = np.abs(angles[:, 0] - azimuth)
    away = np.minimum(away, 2 * np.pi - away)
    reach = REACH
    while (near := (away <= reach) & (np.abs(angles[:, 1] - elevation) <= reach)).sum() < k:
        reach *= 2
    numbers = np.flatnonzero(near)
    squares = ((poses[numbers] - pose.astype(np.float32)) ** 2).sum(1)
    return numbers[np.lexsort((numbers, squares))[:k]]


@pytest.mark.parametrize("k", [1, 5])
def test_the_answers_are_those_of_a_scan(hands, pool, k):
    generator = np.random.default_rng(1)
    poses = described(hands)[1]
    for azimuth, elevation in generator.uniform((-np.pi, -1.4), (np.pi, 1.4), (60, 2)):
        pose = poses[generator.integers(len(poses))] + generator.normal(0, 0.1, 60)
        found, distances = pool.nearest(azimuth, elevation, pose, k)
        assert found.tolist() == scanned(hands, azimuth, elevation, pose, k).tolist()
        assert (np.diff(distances) >= 0).all()


def test_azimuth_goes_round(hands, pool):
    angles, poses = described(hands)
    last = int(np.argmax(angles[:, 0]))
    found, distance = pool.nearest(angles[last, 0] + 0.1 - 2 * np.pi, angles[last, 1], poses[last])
    assert found.tolist() == [last]
    assert distance[0] < 1e-5


def test_a_hand_finds_itself(hands, pool):
    for number, (angles, pose) in enumerate(zip(*described(hands), strict=True)):
        assert pool.nearest(*angles, pose)[0].tolist() == [number]


def test_a_pool_on_disk_answers_the_same(hands, pool, tmp_path):
    opened = PosePool.open(pool.save(tmp_path / "pool"))
    assert isinstance(opened.poses, np.memmap)
    for angles, pose in zip(*described(hands[:20]), strict=True):
        assert opened.nearest(*angles, pose, 3)[0].tolist() == pool.nearest(*angles, pose, 3)[0].tolist()


def test_all_can_be_asked_for(hands, pool):
    found, _ = pool.nearest(0.0, 0.0, np.zeros(60), len(hands))
    assert sorted(found) == list(range(len(hands)))
    with pytest.raises(OptionError, match="from 1 to the 600"):
        pool.nearest(0.0, 0.0, np.zeros(60), 601)


@pytest.mark.parametrize("asked", [(np.nan, 0.0), (0.0, np.nan), (0.0, np.inf)])
def test_what_is_not_finite_is_refused_instead_of_looked_for_for_ever(pool, asked):
    with pytest.raises(OptionError, match="finite"):
        pool.nearest(*asked, np.zeros(60))
    with pytest.raises(OptionError, match="finite"):
        pool.nearest(0.0, 0.0, np.full(60, np.nan))


def test_a_pool_out_of_order_is_refused(pool, tmp_path):
    folder = pool.save(tmp_path / "pool")
    np.save(folder / "azimuth.npy", pool.azimuth[::-1])
    with pytest.raises(DatasetError, match="not in order"):
        PosePool.open(folder)


def test_damaged_pools_are_refused(pool, tmp_path):
    folder = pool.save(tmp_path / "pool")
    np.save(folder / "numbers.npy", np.arange(5))
    with pytest.raises(DatasetError, match="do not belong together"):
        PosePool.open(folder)
    (folder / "azimuth.npy").write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=r"azimuth\.npy"):
        PosePool.open(folder)
    with pytest.raises(DatasetError, match="no hands"):
        PosePool.of(np.zeros((0, 21, 3)))
