"""Files from strangers: data is read, everything else is refused before it runs."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from hand_envs import datasets
from hand_envs.datasets.formats.pickles import load_pickle
from hand_envs.errors import DatasetError


class Hostile:
    """Unpickling it the usual way creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_a_hostile_pickle_is_refused_and_nothing_runs(tmp_path):
    mark = tmp_path / "it_ran"
    path = tmp_path / "door-v0_demos.pickle"
    path.write_bytes(pickle.dumps([{"observations": Hostile(mark)}]))
    with pytest.raises(DatasetError, match="system.*refused"):
        datasets.load(str(path))
    assert not mark.exists()
    pickle.loads(path.read_bytes())  # it is hostile
    assert mark.exists()


@pytest.mark.parametrize(
    "payload",
    [
        b"cbuiltins\neval\n(V__import__('os').getcwd()\ntR.",
        b"cnumpy.testing._private.utils\nrunstring\n(Vx\ntR.",
        b"\x80\x04\x8c\x08builtins\x8c\x07getattr\x93.",
        b"cnumpy\nload\n.",
    ],
)
def test_other_ways_in_are_closed(tmp_path, payload):
    path = tmp_path / "a.pickle"
    path.write_bytes(payload)
    with pytest.raises(DatasetError, match="refused"):
        load_pickle(path)


class Forged:
    """An array whose raw bytes are to be taken for pointers to objects."""

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype = dtype

    def __reduce__(self):
        made = (np._core.multiarray._reconstruct, (np.ndarray, (0,), b"b"))
        return (*made, (1, (2,), self.dtype, False, b"A" * self.dtype.itemsize * 2))


@pytest.mark.parametrize("dtype", [np.dtype("O"), np.dtype([("x", "O")]), np.dtype([("x", "f8")]), np.dtype("V8")])
def test_arrays_of_forged_pointers_are_refused(tmp_path, dtype):
    path = tmp_path / "a.pickle"
    path.write_bytes(pickle.dumps(Forged(dtype)))
    with pytest.raises(DatasetError, match="refused"):
        load_pickle(path)


def test_arrays_keep_their_order_and_byte_order(tmp_path):
    path = tmp_path / "a.pickle"
    arrays = [
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(4, dtype=">i4"),
        np.array(3.5),
        np.zeros((0, 3)),
    ]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path.write_bytes(pickle.dumps(arrays, protocol))
        for read, written in zip(load_pickle(path), arrays, strict=True):
            np.testing.assert_array_equal(read, written)
            assert read.shape == written.shape


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_in_containers_are_read(tmp_path, protocol):
    data = [
        {"a": np.arange(6.0).reshape(2, 3), "b": (1, 2.5, "text", None, True), "c": np.float32(3), "d": np.array("x")}
    ]
    path = tmp_path / "a.pickle"
    path.write_bytes(pickle.dumps(data, protocol))
    (read,) = load_pickle(path)
    np.testing.assert_array_equal(read["a"], data[0]["a"])
    assert read["b"] == data[0]["b"]
    assert read["c"] == 3
    assert read["d"] == "x"


def test_a_broken_file_is_a_clear_error(tmp_path):
    path = tmp_path / "a.pickle"
    for content in (b"", b"not a pickle", pickle.dumps([np.zeros(100)])[:-40]):
        path.write_bytes(content)
        with pytest.raises(DatasetError, match="cannot be read"):
            load_pickle(path)
    with pytest.raises(DatasetError, match="No such file"):
        load_pickle(tmp_path / "absent.pickle")


def dapg(tmp_path: Path, name: str = "door-v0_demos.pickle", **changes) -> Path:
    state = {"qpos": np.zeros(30), "qvel": np.zeros(30), "door_body_pos": np.zeros(3)}
    path = {
        "observations": np.zeros((4, 39)),
        "actions": np.zeros((4, 28)),
        "rewards": np.zeros(4),
        "init_state_dict": state,
    }
    path.update(changes)
    file = tmp_path / name
    file.write_bytes(pickle.dumps([{key: value for key, value in path.items() if value is not None}]))
    return file


def test_dapg_files(tmp_path):
    (demonstration,) = datasets.load(str(dapg(tmp_path)))
    assert set(demonstration.state) == {"qpos", "qvel", "door_body_pos"}
    with pytest.raises(DatasetError, match="lacks rewards"):
        datasets.load(str(dapg(tmp_path, rewards=None)))
    with pytest.raises(DatasetError, match="lacks 'door_body_pos'.*another task"):
        datasets.load(str(dapg(tmp_path, init_state_dict={"qpos": np.zeros(30), "qvel": np.zeros(30)})))
    with pytest.raises(DatasetError, match="Cannot tell from the name"):
        datasets.load(str(dapg(tmp_path, name="mine.pickle")))
    assert datasets.load(str(dapg(tmp_path, name="mine.pickle")), "HandDoor-v0").env_id == "HandDoor-v0"
    with pytest.raises(DatasetError, match="a user acts in"):
        datasets.load(str(dapg(tmp_path)), "HandDoorResidual-v0")


def test_the_format_is_that_of_the_content_and_the_task_says_whether_it_has_it(tmp_path):
    with pytest.raises(DatasetError, match="RelocateObject has no demonstrations in the format 'dapg'.*dexmv"):
        datasets.load(str(dapg(tmp_path)), "HandRelocateMug-v0")
    (tmp_path / "other.pkl").write_bytes(pickle.dumps("text"))
    with pytest.raises(DatasetError, match="other.pkl holds a str"):
        datasets.load(str(tmp_path / "other.pkl"), "HandDoor-v0")
    (tmp_path / "dict.pkl").write_bytes(pickle.dumps({"demo": {}}))
    with pytest.raises(DatasetError, match=r"say so \(--env\)"):
        datasets.load(str(tmp_path / "dict.pkl"))


def test_a_task_of_ones_own_says_how_a_format_starts_it():
    from hand_envs.tasks.adroit.door import Door

    class Mine(Door):
        formats = ("mine",)

        def start_from(self, format_name, record):
            return {"qpos": record["q"]} if format_name == "mine" else super().start_from(format_name, record)

    assert list(Mine().start_from("mine", {"q": np.zeros(30)})) == ["qpos"]
    with pytest.raises(DatasetError, match="it has them in mine"):
        Mine().start_from("dexmv", {})


def test_relocate_starts_where_the_ball_is(tmp_path):
    """DAPG stores the ball's place, which includes what its joints have moved it: set there, it must be there."""
    from hand_envs.replay import make_env

    env = make_env("HandRelocate-v0")
    env.reset(seed=3)
    for _ in range(10):
        env.step(np.zeros(30))
    sim = env.episode.sim
    sim.forward()
    ball = sim.body("Object").xpos[0].copy()
    state = {"qpos": sim.qpos[0], "qvel": sim.qvel[0], "obj_pos": ball, "target_pos": sim.site("target").pos[0].copy()}
    start = env.task.start_from_dapg(state)
    env.reset(seed=4)
    env.reset(options={"state": start})
    np.testing.assert_allclose(sim.body("Object").xpos[0], ball, atol=1e-12)


def test_old_pens_are_given_by_euler_angles():
    from hand_envs.replay import make_env

    env = make_env("HandPen-v0")
    env.reset(seed=3)
    state = {"qpos": np.zeros(30), "qvel": np.zeros(30), "desired_orien": np.array([0.0, np.pi / 2, 0.0])}
    env.reset(options={"state": env.task.start_from_dapg(state)})
    np.testing.assert_allclose(env.task.target_direction(env.episode.sim)[0], [1, 0, 0], atol=1e-12)
