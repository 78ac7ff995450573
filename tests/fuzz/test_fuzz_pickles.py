"""Pickles from strangers, damaged and hostile: each is read or refused, in bounded time and memory."""

from __future__ import annotations

import pickle
import pickletools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from fuzz.mutants import damaged, outcome, tell, within

from hand_envs import datasets
from hand_envs.datasets.formats.pickles import load_pickle
from hand_envs.errors import DatasetError

MUTANTS = 400  # of each kind
ENV = "HandRelocateFoamBrick-v0"


def dapg() -> list:
    """As DAPG's files are."""
    random = np.random.default_rng(0)
    state = {"qpos": np.zeros(30), "qvel": np.zeros(30), "door_body_pos": np.array([-0.2, 0.3, 0.3])}
    return [
        {
            "observations": random.normal(size=(6, 39)),
            "actions": random.uniform(-1, 1, (6, 28)),
            "rewards": np.zeros(6),
            "init_state_dict": state,
        }
        for _ in range(2)
    ]


def dexmv() -> dict:
    """As DexMV's files are."""
    states = [{"qpos": np.full(37, 0.01 * t), "qvel": np.zeros(36), "qacc": np.zeros(36)} for t in range(4)]
    return {"demo": {"observations": np.zeros((4, 39)), "actions": np.zeros((4, 30)), "sim_data": states}}


SEEDS = [
    (pickle.dumps(data, protocol), env_id)
    for data, env_id in ((dapg(), "HandDoor-v0"), (dexmv(), ENV))
    for protocol in (0, 2, 3, 4, 5)
]


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.filterwarnings("ignore:invalid escape:DeprecationWarning")  # in names, as Python unescapes them
def test_damaged_pickles(tmp_path, deep):
    random, counts = np.random.default_rng(1), Counter()
    path = tmp_path / "demos.pickle"
    for number in range(MUTANTS * deep):
        content, env_id = SEEDS[number % len(SEEDS)]
        other, _ = SEEDS[int(random.integers(len(SEEDS)))]
        put(path, damaged(content, random, other))
        with within():
            counts[outcome(lambda env_id=env_id: datasets.load(path, env_id), path)] += 1
    tell("pickles, damaged", counts)
    assert counts["refused"] > counts["read"] > 0


def program(random: np.random.Generator) -> bytes:
    """A random program for the pickle machine: operations of all kinds, with arguments that are often extreme."""
    numbers = [0, 1, 2, 255, 2**16, 2**31 - 1, 2**32 - 1]
    names = [b"numpy\nndarray", b"numpy\ndtype", b"numpy.core.multiarray\n_reconstruct", b"builtins\nbytes"]
    names += [b"numpy._core.multiarray\nscalar", b"collections\nOrderedDict", b"_codecs\nencode", b"os\nsystem"]
    names += [b"numpy._core.numeric\n_frombuffer", b"builtins\neval", b"nowhere\nnothing"]
    done = [b"\x80", bytes([int(random.integers(6))])]
    for _ in range(int(random.integers(1, 60))):
        kind = random.integers(5)
        size = int(random.choice(numbers)).to_bytes(4, "little")
        if kind == 0:
            done.append(b"c" + names[int(random.integers(len(names)))] + b"\n")
        elif kind == 1:
            done.append(
                [b"K\x05", b"(", b"]", b"}", b")", b"N", b"\x88", b"U\x02f8", b"C\x08abcdefgh"][random.integers(9)]
            )
        elif kind == 2:
            done.append(
                [b"t", b"R", b"b", b"a", b"e", b"s", b"u", b"\x85", b"\x86", b"\x87", b"l", b"d", b"\x94"][
                    random.integers(13)
                ]
            )
        elif kind == 3:
            done.append([b"j", b"r", b"J", b"X", b"B", b"T", b"\x8b"][random.integers(7)] + size)
        else:
            done.append(pickletools.opcodes[int(random.integers(len(pickletools.opcodes)))].code.encode("latin1"))
    return b"".join([*done, b"."])


def test_random_programs(tmp_path, deep):
    random, counts = np.random.default_rng(2), Counter()
    path = tmp_path / "demos.pickle"
    for _ in range(MUTANTS * deep):
        put(path, program(random))
        with within():
            counts[outcome(lambda: load_pickle(path), path)] += 1
    tell("pickles, random programs", counts)
    assert counts["refused"] > 0


def shared(levels: int = 60) -> bytes:
    """Lists of two equal lists, one within the other: written out, it would be 2**levels."""
    value: list = []
    for _ in range(levels):
        value = [value, value]
    return pickle.dumps(value, 2)


ARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
FLOATS = b"cnumpy\ndtype\nX\x02\x00\x00\x00f8\x89\x88\x87R"
FLOATS += b"(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
HUGE = b"J\xff\xff\xff\x7f"
HOSTILE = {
    "lists shared a billion times": shared(),
    "and in a record": pickle.dumps([{**dapg()[0], "observations": pickle.loads(shared(40))}], 2),
    "a list within itself": b"\x80\x02]q\x00h\x00a.",
    "lists nested deep": b"\x80\x02" + b"]" * 20_000 + b"a" * 19_999 + b".",
    "tuples nested deep": b"\x80\x02)" + b"\x85" * 20_000 + b".",
    "a whole number for an array's bytes": b"\x80\x02"
    + ARRAY
    + b"(K\x01"
    + HUGE
    + b"\x85"
    + FLOATS
    + b"\x89"
    + HUGE
    + b"tb.",
    "a shape that overflows": b"\x80\x02" + ARRAY + b"(K\x01" + HUGE * 3 + b"\x87" + FLOATS + b"\x89C\x08abcdefghtb.",
    "a negative shape": b"\x80\x02" + ARRAY + b"(K\x01J\xff\xff\xff\xff\x85" + FLOATS + b"\x89C\x08abcdefghtb.",
    "a huge index of the memo": b"\x80\x02]r\xff\xff\xff\x7f(K\x01e.",
    "a number of a million digits": b"L" + b"9" * 1_000_000 + b"L\n.",
    "a number of a million bytes": b"\x80\x02\x8b\x40\x42\x0f\x00" + b"\x7f" * 1_000_000 + b".",
    "a text that is not there": b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.",
    "a state for a function": b"\x80\x02c_codecs\nencode\n}X\x04\x00\x00\x00nameK\x01sb.",
    "a state for a class": b"\x80\x02cnumpy\nndarray\n}X\x05\x00\x00\x00buildK\x01sb.",
    "a call with odd arguments": b"\x80\x02cnumpy.core.multiarray\nscalar\n(K\x01K\x02K\x03K\x04tR.",
    "a call of an array": b"\x80\x02" + ARRAY + b")R.",
    "names that are no text": b"\x80\x04K\x01K\x02\x93.",
    "a name reached through another": b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.",
    "a type with parts": b"\x80\x02cnumpy\ndtype\nX\x0c\x00\x00\x00(9999,9999)f\x89\x88\x87R.",
    "a new object": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "an array that is never told": b"\x80\x02]" + ARRAY + b"a.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_small_files_do_no_large_harm(tmp_path, name):
    path = put(tmp_path / "door-v0_demos.pickle", HOSTILE[name])
    with within(megabytes=40):
        assert outcome(lambda: datasets.load(path), path) == "refused"


def test_a_bomb_of_lists_that_ran_for_ever_is_small(tmp_path):
    path = put(tmp_path / "door-v0_demos.pickle", shared(60))
    assert path.stat().st_size < 700
    with pytest.raises(DatasetError, match="within each other"):
        load_pickle(path)


def test_programs_without_end_run_out_of_their_budget(tmp_path, monkeypatch):
    monkeypatch.setattr("hand_envs.datasets.formats.pickles.MOST_OPERATIONS", 1000)
    path = put(tmp_path / "demos.pickle", pickle.dumps(list(range(2000))))
    with pytest.raises(DatasetError, match="more than 1000 operations"):
        load_pickle(path)


def test_a_hostile_file_does_not_change_how_later_ones_are_read(tmp_path):
    for number, content in enumerate(HOSTILE.values()):
        path = put(tmp_path / f"{number}.pickle", content)
        outcome(lambda path=path: load_pickle(path))
    assert len(datasets.load(put(tmp_path / "door-v0_demos.pickle", pickle.dumps(dapg(), 2)))) == 2


def test_what_is_shared_within_reason_is_read(tmp_path):
    row = np.arange(3.0)
    read = load_pickle(put(tmp_path / "a.pickle", pickle.dumps({"a": [row, row], "b": [row] * 50}, 2)))
    assert len(read["b"]) == 50
    np.testing.assert_array_equal(read["a"][1], row)
