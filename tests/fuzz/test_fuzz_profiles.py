"""Profiles of hands from strangers: each is refused with the file's name, or built and moved about."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from fuzz.mutants import damaged, outcome, tell, within

from hand_envs.core.simulation import Simulation
from hand_envs.errors import DatasetError
from hand_envs.hands.built import hand_scene
from hand_envs.hands.profile import FOLDER, names, read_profile

MUTANTS = 80  # of each kind
VALUES = (
    *("0", "-1", "1", "0.5", "1e-3", "1e300", "-1e300", "nan", "inf", "-inf", "9" * 400, "0x7fffffffffffffff", "true"),
    *(
        '""',
        '"x"',
        '"arm_x"',
        '"thumb_side"',
        '"\\u001b[2J"',
        "[]",
        "[[]]",
        "{}",
        "[1, 2, 3]",
        "1979-05-27",
        "07:32:00",
    ),
)
TOKEN = re.compile(r'(?<== )("[^"\n]*"|[-\d.eE_]+|true|false)|(?<=[\[,] )[-\d.eE_]+|"[a-z_]+"')
FILES = [FOLDER / f"{name}.toml" for name in names()]


def attempt(path: Path, counts: Counter[str]) -> None:
    """Read it; what is read can be built, and moves from end to end without blowing up."""
    with within():
        counts[outcome(lambda: use(path), path)] += 1


def use(path: Path) -> None:
    hand = read_profile(path)
    sim = Simulation(hand_scene(hand))
    for goal in (hand.home, hand.high, hand.low):
        sim.ctrl[:, 6:] = goal
        assert sim.step(25) is None, f"{path} is read, but what is built of it blows up"
    joints = hand.joint_angles(hand.closed)
    assert np.isfinite(joints).all()
    np.testing.assert_allclose(hand.motor_angles(joints), hand.closed, atol=1e-6)


def test_damaged_bytes(tmp_path, deep):
    random, counts, path = np.random.default_rng(1), Counter(), tmp_path / "hand.toml"
    contents = [file.read_bytes() for file in FILES]
    for number in range(MUTANTS * deep):
        content = contents[number % len(contents)]
        path.write_bytes(damaged(content, random, contents[0]))
        attempt(path, counts)
    tell("profiles, damaged", counts)
    assert counts["refused"] > counts["read"] > 0


def test_changed_values(tmp_path, deep):
    random, counts, path = np.random.default_rng(2), Counter(), tmp_path / "hand.toml"
    contents = [file.read_text() for file in FILES]
    places = [[match.span() for match in TOKEN.finditer(text)] for text in contents]
    for number in range(MUTANTS * deep):
        text, spans = contents[number % len(contents)], places[number % len(contents)]
        begin, end = spans[random.integers(len(spans))]
        path.write_text(text[:begin] + changed(random, text[begin:end], text, spans) + text[end:])
        attempt(path, counts)
    tell("profiles, values", counts)
    assert counts["refused"] > 0
    assert counts["read"] > 0


def changed(random: np.random.Generator, value: str, text: str, spans: list[tuple[int, int]]) -> str:
    """Another value: a hostile one, that of another place, or the same stretched."""
    kind = random.integers(3)
    if kind == 0:
        return str(random.choice(VALUES))
    if kind == 1 or value.startswith('"') or value in ("true", "false"):
        begin, end = spans[random.integers(len(spans))]
        return text[begin:end]
    return repr(float(value.replace("_", "")) * 10.0 ** random.uniform(-2, 2))


def test_lines_that_are_missing_or_doubled(tmp_path, deep):
    random, counts, path = np.random.default_rng(3), Counter(), tmp_path / "hand.toml"
    for number in range(MUTANTS * deep):
        lines = FILES[number % len(FILES)].read_text().splitlines()
        place = int(random.integers(len(lines)))
        lines[place : place + 1] = [lines[place]] * 2 if random.random() < 0.3 else []
        path.write_text("\n".join(lines))
        attempt(path, counts)
    tell("profiles, lines", counts)
    assert counts["refused"] > counts["read"] > 0


@pytest.mark.parametrize(
    "content", [b"", b"[" * 100_000, b"a = " + b"[" * 100_000, b"\xff\xfe", b"a.b" * 5_000, bytes(100)]
)
def test_what_is_no_profile_at_all(tmp_path, content):
    path = tmp_path / "hand.toml"
    path.write_bytes(content)
    with within(megabytes=200), pytest.raises(DatasetError, match=re.escape(str(path))):
        read_profile(path)


def test_a_file_of_gigabytes_is_not_read(tmp_path):
    path = tmp_path / "hand.toml"
    with path.open("wb") as file:
        file.truncate(2**32)
    with within(megabytes=5), pytest.raises(DatasetError, match="more than the"):
        read_profile(path)
