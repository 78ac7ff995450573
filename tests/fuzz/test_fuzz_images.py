"""Damaged sets of hand images: each frame is read or refused by name, in bounded time and memory."""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import replace

import numpy as np
from captures.made import made
from conftest import needs_gl
from fuzz.hostile_values import OBJECTS, numbers
from fuzz.mutants import damaged, outcome, tell, within
from PIL import Image

from hand_envs.captures import write_fphab
from hand_envs.captures.fphab_layout import Layout
from hand_envs.errors import OptionError
from hand_envs.images import HandRenderer, open_images, write_pictures
from hand_envs.images.bighand import ENDING
from hand_envs.images.grasping import THINGS
from hand_envs.images.lines import line
from hand_envs.images.png import write_depth
from hand_envs.poses.conventions import from_canonical
from hand_envs.poses.frames import REST
from hand_envs.poses.human import average

MUTANTS = 150  # of each kind
POINTS = REST @ np.diag([1.0, -1.0, -1.0]) + [0.0, 0.0, 0.5]
DEPTH = np.full((480, 640), 500, np.uint16)


def everything(folder, layout: str) -> None:
    for frame in open_images(folder, layout):
        assert frame.points.shape == (21, 3)
        assert np.isfinite(frame.points).all()
        assert frame.depth.dtype == np.uint16


def attack(folder, layout: str, target, deep: int, name: str) -> Counter:
    content, counts, random = target.read_bytes(), Counter(), np.random.default_rng(2)
    for _ in range(MUTANTS * deep):
        target.write_bytes(damaged(content, random))
        with within(megabytes=100):
            counts[outcome(lambda: everything(folder, layout), folder)] += 1
    tell(f"hand images, {name}", counts)
    return counts


def bighand(folder):
    text = folder / "full_annotation" / "Subject_1" / f"1 75{ENDING}"
    text.parent.mkdir(parents=True)
    (folder / "Subject_1" / "1 75").mkdir(parents=True)
    for number in (1, 2):
        write_depth(folder / "Subject_1" / "1 75" / f"image_D{number:08d}.png", DEPTH)
    text.write_text("".join(line(f"{n:08d}", POINTS + 1e-3 * n) + "\n" for n in (1, 2)))
    return text


def test_damaged_annotations(tmp_path, deep):
    counts = attack(tmp_path, "bighand", bighand(tmp_path), deep, "annotations")
    assert counts["refused"] > 20
    assert counts["read"] > 0


def test_damaged_pictures(tmp_path, deep):
    bighand(tmp_path)
    picture = tmp_path / "Subject_1" / "1 75" / "image_D00000001.png"
    assert attack(tmp_path, "bighand", picture, deep, "pictures")["refused"] > 20


def ho3d(folder):
    for name in ("depth", "meta"):
        (folder / "train" / "ABF10" / name).mkdir(parents=True)
    (folder / "train.txt").write_text("ABF10/0000\n")
    Image.new("RGB", (640, 480)).save(folder / "train" / "ABF10" / "depth" / "0000.png")
    camera = np.array([[617.0, 0.0, 312.0], [0.0, 616.0, 241.0], [0.0, 0.0, 1.0]])
    meta = folder / "train" / "ABF10" / "meta" / "0000.pkl"
    meta.write_bytes(pickle.dumps({"handJoints3D": from_canonical(POINTS, "ho3d"), "camMat": camera}, protocol=2))
    return meta


def test_damaged_ho3d(tmp_path, deep):
    meta = ho3d(tmp_path)
    whole = meta.read_bytes()
    assert attack(tmp_path, "ho3d", meta, deep, "HO-3D's pickles")["refused"] > 20
    meta.write_bytes(whole)
    assert attack(tmp_path, "ho3d", tmp_path / "train.txt", deep, "HO-3D's list")["refused"] > 20


def test_damaged_skeletons(tmp_path, deep):
    (only,) = made().of_split("others")
    write_fphab(tmp_path, replace(made(), captures=(only,)))
    write_pictures(tmp_path, only.name, [DEPTH] * len(only))
    skeleton = Layout(tmp_path).skeleton(only.name)
    assert attack(tmp_path, "fphab", skeleton, deep, "F-PHAB's skeletons")["refused"] > 20


@needs_gl
def test_hostile_poses_of_what_is_held(deep):
    renderer, counts = HandRenderer(32, 32, things=THINGS), Counter()
    people, points, window = [average()], POINTS[None], np.array([[-0.3, 0.3, -0.3, 0.3]])
    expected = renderer.draw(people, points, window)[0]
    random = np.random.default_rng(4)
    hostile = [*OBJECTS, *(numbers(random, (1, 2, 4, 4)) for _ in range(MUTANTS * deep))]
    for poses in hostile:
        try:
            depth, _ = renderer.draw(people, points, window, poses=poses)
            assert np.isfinite(depth).all()
            assert depth.min() >= 0
            counts["drawn"] += 1
        except OptionError:
            counts["refused"] += 1
        assert np.array_equal(renderer.draw(people, points, window)[0], expected)
    renderer.close()
    tell("poses of what is held", counts)
    assert min(counts["drawn"], counts["refused"]) > 10
