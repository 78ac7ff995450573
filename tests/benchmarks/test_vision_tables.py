"""The tables of vision: what they make of results, by hand-computed numbers."""

from __future__ import annotations

import pytest

from benchmarks.clusters import student
from benchmarks.vision import (
    adapted_tables,
    background_tables,
    figures,
    learned_tables,
    probe_tables,
    speed_tables,
    tables,
)
from benchmarks.vision.paper import GAINS
from benchmarks.vision.rows import ADAPTED, NETWORKS
from benchmarks.vision.variants import LEARNED, MOMENTUM, MOMENTUMS, STAGES, Variant

EXPERT = {"success": "1111", "returns": [10.0, 10.0, 10.0, 10.0], "steps": 4}


def counted(task: str = "door", kind: str = "cloned", **rows: tuple[str, ...]):
    """A seed each of successes; who succeeds earns 10, and who does not 0."""
    found = {
        f"{task}/{row}/seed-{seed}/{kind}": {"success": each, "returns": [10.0 * int(one) for one in each]}
        for row, of_seeds in rows.items()
        for seed, each in enumerate(of_seeds, start=1)
    }
    seeds = {name.split("/")[2] for name in found}
    return found | {f"{task}/expert/{seed}/cloned": EXPERT for seed in seeds}


def test_rates_and_returns_are_by_seed():
    found = counted(random=("1100", "1000"))
    assert tables.rates(found, "door", "random") == {1: 0.5, 2: 0.25}
    assert tables.returns(found, "door", "random") == {1: 0.5, 2: 0.25}, "of 40 that the expert earns"
    del found["door/expert/seed-2/cloned"]
    assert tables.returns(found, "door", "random") == {1: 0.5}, "no share without the expert in the same episodes"


def test_success_has_the_rows_that_there_are_and_means_of_whole_rows_alone():
    found = counted(random=("1100", "1000")) | counted("pen", random=("1111", "1111"), blind=("0000", "0000"))
    table = tables.success(found)
    assert list(table.columns) == ["door", "pen", "mean"]
    assert list(table.rows) == [NETWORKS["random"], "Hand alone, no picture", "Expert, who is cloned"]
    numbers = table.rows[NETWORKS["random"]]
    assert numbers["door"].ours == pytest.approx(3 / 8)
    # variances of the seeds 1/32 and 0, by 2 seeds, of 2 tasks: sqrt(1/64) / 2 = 1/16, by t of 2 degrees of freedom
    assert numbers["mean"].ours == pytest.approx(11 / 16)
    assert numbers["mean"].interval == pytest.approx(
        (max(0, 11 / 16 - student(2) / 16), min(1, 11 / 16 + student(2) / 16))
    )
    assert "mean" not in table.rows["Hand alone, no picture"], "it has no door"


def test_one_seed_says_nothing_of_another():
    table = tables.earned(counted(random=("1100",)))
    assert table.rows[NETWORKS["random"]]["door"].interval is None


def test_a_share_of_the_experts_return_may_be_more_than_all_or_less_than_nothing():
    found = counted(random=("1111", "0000"))
    found["door/random/seed-1/cloned"]["returns"] = [20.0] * 4
    found["door/random/seed-2/cloned"]["returns"] = [-10.0] * 4
    number = tables.earned(found).rows[NETWORKS["random"]]["door"]
    assert number.ours == pytest.approx(0.5)
    assert number.interval.low < -1
    assert number.interval.high > 2


def test_gains_are_seed_by_seed():
    found = counted(random=("1000", "0000"), **{"3d": ("1100", "1000")}, rrl=("0000", "0000"))
    table = tables.gains(found)
    number = table.rows[f"over {NETWORKS['random']}"]["success"]
    assert number.ours == pytest.approx(0.25)
    assert number.interval == pytest.approx((0.25, 0.25)), "both seeds gain one of four"
    assert table.rows["over RRL (ImageNet)"]["return"].paper == GAINS["rrl"]
    assert table.rows["over RRL (ImageNet)"]["success"].paper is None
    assert table.texts["over RRL (ImageNet)"]["tasks"] == "1"
    found["door/random/seed-1/cloned"]["success"] = "1111"
    assert tables.gains(found).rows[f"over {NETWORKS['random']}"]["success"].interval.low == -1.0


def probed(errors, guess, share):
    measured = {"error": errors, "guess": guess, "share": share}
    return {"hand": measured, "place": measured, "object": measured}


def test_probes_average_networks_and_vary_by_folds():
    found = {
        "door/random/seed-1/probed": probed([2.0, 4.0], [10.0, 10.0], [0.2, 0.4]),
        "door/random/seed-2/probed": probed([4.0, 6.0], [10.0, 12.0], [0.4, 0.6]),
        "pen/random/seed-1/probed": probed([5.0, 5.0], [9.0, 9.0], [0.5, 0.5]),
    }
    hand = probe_tables.errors(found, "hand")
    assert list(hand.rows) == [probe_tables.GUESS, NETWORKS["random"]]
    assert probe_tables.folds(found, "door", "random", "hand", "error") == {0: 3.0, 1: 5.0}
    assert hand.rows[NETWORKS["random"]]["door"].ours == pytest.approx(4.0)
    assert hand.rows[NETWORKS["random"]]["mean"].ours == pytest.approx(4.5)
    assert hand.rows[probe_tables.GUESS]["door"].ours == pytest.approx(10.5)
    shares = probe_tables.errors(found, "object")
    assert list(shares.rows) == [NETWORKS["random"]]
    assert shares.rows[NETWORKS["random"]]["door"].ours == pytest.approx(0.4)


def learned(task: str, variant: Variant, **row):
    found = counted(task, variant.kind, **row)
    sizes = {"steps": 60_000, "seconds": 600.0}
    curve = [{"steps": steps, "test": {"success": success}} for steps, success in ((0, 0.25), (60_000, 0.5))]
    return {
        name: {**each, **sizes, "curve": curve} if name.endswith(variant.kind) else each for name, each in found.items()
    }


def test_what_is_learned(tmp_path):
    cloned, dapg = LEARNED["Stage 1, cloned"], LEARNED["Stage 1"]
    assert (cloned.kind, dapg.kind) == ("bc-momentum-0", "dapg-momentum-0")
    found = learned("door", cloned, **{"3d": ("1000",)}) | learned("door", dapg, **{"3d": ("1100",)})
    table = learned_tables.success(found, LEARNED)
    assert {title: row["door"].ours for title, row in table.rows.items()} == {"Stage 1, cloned": 0.25, "Stage 1": 0.5}
    assert table.texts["Stage 1"] == {"samples": "60 k", "minutes": "10"}
    assert learned_tables.earned(found, LEARNED).rows["Stage 1"]["door"].ours == pytest.approx(0.5)
    assert figures.curves(tmp_path / "curves.png", found).stat().st_size > 0


def test_stages_and_momenta_share_cells():
    assert STAGES["All stages"] == MOMENTUMS[f"momentum {MOMENTUM:g}"] == LEARNED["All stages"]
    assert STAGES["Stages 1 and 2"] == MOMENTUMS["momentum 0"]
    assert len({*STAGES.values(), *MOMENTUMS.values()}) == 8


def test_backgrounds():
    task = background_tables.TASK
    found = counted(task, random=("1111", "1111")) | counted(task, "background-1", random=("1100", "1100"))
    found |= counted(task, "background-2", random=("0000", "1000"))
    found |= counted(task, f"background-2-momentum-{MOMENTUM:g}", random=("1111", "1111"))
    table = background_tables.success(found)
    assert list(table.columns) == ["as seen", "1", "2", "unseen, mean"]
    still = table.rows[NETWORKS["random"]]
    assert [still[column].ours for column in table.columns] == pytest.approx([1.0, 0.5, 0.125, 0.3125])
    following = table.rows[f"{NETWORKS['random']}, statistics follow"]
    assert set(following) == {"2"}, "nothing else was counted"


def layer(name: str, shift: float):
    part = {"before": [1.0, 0.5], "after": [1.1, 0.4], "shift": shift}
    return {"name": name, "weight": part, "bias": part}


def test_what_stage_2_moves(tmp_path):
    layers = [layer("bn1", 0.05), layer("layer1.0.bn1", 0.1), layer("layer1.0.bn2", 0.2)]
    layers += [layer(f"layer{number}.1.bn2", 0.1 * number) for number in (2, 3, 4)]
    judged = {"reconstruction": 0.6, "unmoved": 0.9, "joints": 0.7, "moving": 0.02, "apart": 0.1}
    found = {
        "door/adapted/seed-1/adapted": {
            "layers": layers,
            "curve": [{"test": {**judged, "joints": 0.1}}, {"test": judged}],
        }
    }
    table = adapted_tables.affine(found)
    numbers = table.rows[f"door, {ADAPTED['adapted']}"]
    assert numbers["bn1 scales"].ours == pytest.approx(0.1), "0.05 of a spread of 0.5"
    assert numbers["layer1 offsets"].ours == pytest.approx(0.3)
    assert figures.affine(tmp_path / "affine.png", found).stat().st_size > 0
    keypoints = adapted_tables.keypoints(found).rows
    assert keypoints[f"door, {ADAPTED['adapted']}, before"]["joints explained"].ours == 0.1
    assert keypoints[f"door, {ADAPTED['adapted']}, after"]["joints explained"].ours == 0.7


def test_speeds_are_held_against_the_limit_of_the_same_round():
    assert speed_tables.limit(400.0, 200.0, 4000.0) == pytest.approx(1 / (0.0025 + 0.005 + 0.00025))
    found = {"drawn": [400.0, 200.0], "encoded": [400.0, 200.0], "stepped": [1e12, 1e12], "sampled": [180.0, 95.0]}
    table = speed_tables.speeds({"speed/random/112/bfloat16/light/cpu": {"speeds": found}, "door/x": {}})
    numbers = table.rows["random, 112, bfloat16, light, cpu"]
    assert numbers["drawn"].ours == 300
    assert numbers["limit"].ours == pytest.approx(150)
    assert numbers["sampled / limit (%)"].ours == pytest.approx((90 + 95) / 2)
