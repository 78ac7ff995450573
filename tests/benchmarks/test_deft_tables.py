"""The tables of DEFT: what they make of attempts, and which cells they have."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")

from benchmarks.clusters import mean_over, student
from benchmarks.deft import figures, jobs, tables
from benchmarks.deft.cells import PRESETS, SEARCHED, Cells, DeftCommand, objects_of
from benchmarks.deft.paper import ABLATED, ABLATIONS, FIGURE_4, MOMENTS, ROWS, TABLE_1, TABLE_2, TASKS
from benchmarks.runner import Earlier
from hand_envs.errors import OptionError


def results(kind: str = "trials", **successes: tuple[str, ...]):
    """A seed each of successes, for rows of picking up the cup."""
    return {
        f"pick-cup/{row}/seed-{seed}/{kind}": {
            "splits": {split: {"success": found, "scores": [0.0] * len(found)} for split in ("train", "test")}
        }
        for row, each in successes.items()
        for seed, found in enumerate(each, start=1)
    }


def test_attempts_are_counted_over_seeds():
    found = results(deft=("11", "10"))
    assert tables.rates(found, "pick-cup", "deft", "train") == {1: 1.0, 2: 0.5}
    assert tables.counted(found, "pick-cup", "deft", "train", None).ours == pytest.approx(0.75)
    assert tables.counted(found, "pour-cup", "deft", "train", None) is None


def test_a_mean_over_tasks_varies_by_its_seeds_alone():
    """Tasks that differ are no reason for a wide interval: their means are 0 and 1, and no seed differs."""
    still = mean_over([{1: 0.0, 2: 0.0}, {1: 1.0, 2: 1.0}])
    assert (still.ours, still.interval) == (0.5, (0.5, 0.5))
    varying = mean_over([{1: 0.0, 2: 0.2}, {1: 1.0, 2: 0.8}])
    # variances 0.02 each, by 2 seeds, of 2 tasks: sqrt(0.01 + 0.01) / 2, by t of 2 degrees of freedom
    reach = student(2) * 0.1414 / 2
    np.testing.assert_allclose(varying.interval, (0.5 - reach, 0.5 + reach), atol=1e-3)
    assert mean_over([{1: 0.5}]).interval == (0, 1), "one seed says nothing of another"


def test_the_tables_have_the_papers_numbers_beside_ours():
    table = tables.table1(results(deft=("1110", "1100"), real=("0000", "1000")))
    numbers = table.rows["DEFT"]
    assert numbers["pick-cup train"].ours == pytest.approx(5 / 8)
    assert numbers["pick-cup train"].paper == 0.8
    assert not numbers["pick-cup train"].reached
    assert numbers["mean train"].ours == pytest.approx(5 / 8)
    assert table.rows["Real-world only"]["pick-cup test"].paper == 0.1
    low, high = numbers["pick-cup train"].interval
    assert 0 <= low < 5 / 8 < high <= 1
    assert "Affordance only" not in table.rows


def test_the_papers_means_are_those_of_its_numbers():
    assert np.mean([TABLE_1["deft"][task][0] for task in TASKS]) == pytest.approx(0.7333, abs=1e-4)
    assert np.mean([TABLE_1["deft"][task][1] for task in TASKS]) == pytest.approx(0.5833, abs=1e-4)
    for task, points in FIGURE_4.items():
        assert points[-1] == TABLE_1["deft"][task][0], "thirty episodes are Table 1's"
    for task in ABLATED:
        assert TABLE_2["deft"][task] == TABLE_1["deft"][task]


def test_gains_are_of_the_same_starts():
    table = tables.gains(results(deft=("1111", "1100"), real=("0000", "1000"), heuristic=("0000",)))
    number = table.rows["over Real-world only"]["train"]
    assert number.ours == pytest.approx(5 / 8)
    assert number.interval.low < 5 / 8 < number.interval.high
    assert "over Guess alone" not in table.rows, "of other seeds"


def test_figure_4(tmp_path):
    found = results("after-10", deft=("0000", "0000")) | results("after-30", deft=("1111", "1110"))
    table = figures.table(found)
    assert list(table.columns) == ["10 episodes", "30 episodes"]
    assert table.rows["pick-cup"]["30 episodes"].ours == pytest.approx(7 / 8)
    assert table.rows["pick-cup"]["10 episodes"].paper == FIGURE_4["pick-cup"][MOMENTS.index(10)]
    assert figures.draw(tmp_path / "figure.png", found).stat().st_size > 0


def test_every_row_has_its_cells():
    cells = Cells(DeftCommand().size)
    chains = cells.chains(ROWS, TASKS)
    assert len(chains) == len(ROWS) * len(TASKS)
    for chain in (chain for each in chains for chain in each):
        assert len(chain) == (2 if chain[-1].name.split("/")[1] in SEARCHED else 1)
    searches = {cell.name for each in cells.chains(ABLATIONS, ABLATED) for chain in each for cell in chain[:-1]}
    rows = {name.split("/")[1] for name in searches}
    assert rows == {"deft", "embedding", "refitted", "demonstration"}, "policies share DEFT's search"
    with pytest.raises(OptionError, match="did you mean 'pour-cup'"):
        DeftCommand(tasks=("pourcup",)).size  # noqa: B018


BOWL = {"env": "one_step:Bowl-v0", "prior": "one_step:where_it_is", "elites": 3, "warm_up": 6, "episodes": 20}


def test_the_jobs(tmp_path):
    """A search, and what is counted of policies that share it."""
    config = {**BOWL, "sigma": [0.25], "iterations": 20, "options": {}, "seed": 1}
    found = jobs.search(config, ["deep", "flat"], tmp_path)
    assert len(found["rewards"]) == len(found["success"]) == 20
    assert jobs.search(config, ["deep", "flat"], tmp_path) == found, "it is there already"
    objects = {"train": ["deep", "flat"], "test": ["wide", "narrow"]}
    given = {"env": BOWL["env"], "objects": objects, "trials": 3, "seed": 1, "folder": tmp_path}
    after = {"search": Earlier(found, tmp_path)}
    alone = jobs.count(**given, prior="one_step:where_it_is")
    vae, mean, early = (
        jobs.count(**given, after=after, changes=changes, moment=moment)
        for changes, moment in (({}, None), ({"policy": "mean"}, None), ({}, 4))
    )
    scores = [each["splits"]["test"]["scores"] for each in (alone, vae, mean, early)]
    assert len({tuple(each) for each in scores}) == 4
    assert np.mean(scores[2]) > np.mean(scores[0])
    assert len(alone["splits"]["train"]["success"]) == 3
    assert jobs.shares(10, 3) == [4, 3, 3]


def test_a_search_for_what_a_demonstration_looked_like(tmp_path):
    """On the twin, with few episodes: the demonstration succeeds, and its picture is what is aimed at."""
    cells = Cells(PRESETS["smoke"])
    demonstration, search, _ = cells.counted("pick-cup", "embedding", 1)
    shown = jobs.demonstrate(**demonstration.options, folder=tmp_path)
    assert shown["success"]
    config = {**search.options["config"], "prior": "heuristic"}
    given = search.options["objects"], tmp_path / "search", {"shown": Earlier(shown, tmp_path)}
    found = jobs.search(config, *given)
    assert max(found["rewards"]) < 0


def test_objects_of_the_test_are_never_learned_with():
    for task in TASKS:
        objects = objects_of(task)
        assert not set(objects["train"]) & set(objects["test"])
        assert jobs._learned_with(objects["train"], 1) != jobs._learned_with(objects["train"], 2)
