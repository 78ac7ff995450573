"""Table IV: what it makes of episodes."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.reconstruction import tables
from benchmarks.reconstruction.cells import SPLITS, Cells, ReconstructionCommand
from benchmarks.reconstruction.paper import METHODS, TABLE_4

ALIKE = {"lasted": [1.0, 0.5, 1.0, 1.0], "pose_error": [0.01, 0.03, 0.02, 0.02], "sequence": [0.0, 0.0, 3.0, 3.0]}


def results(**successes):
    """Four episodes of two clips for each method, in every split."""
    return {
        f"pour-juice/{row}/seed-1/table4": {
            "splits": {split: {"success": found, **ALIKE} for split in SPLITS},
            "episodes": 4,
        }
        for row, found in successes.items()
    }


def test_clips_are_what_is_counted():
    found = results(ik="1001")
    np.testing.assert_allclose(tables.clips(found, "pour-juice", "ik", "test", "success"), [0.5, 0.5])
    np.testing.assert_allclose(tables.clips(found, "pour-juice", "ik", "test", "lasted"), [0.75, 1.0])
    assert tables.clips(found, "pour-juice", "closing", "test", "success") is None


def test_the_table_has_means_with_their_intervals_and_the_papers_numbers():
    table = tables.table4(results(ik="1101"), "pour-juice")
    numbers = table.rows[METHODS["ik"]]
    assert numbers["test success (%)"].ours == pytest.approx(75.0)
    assert numbers["test success (%)"].paper == 5.0
    assert numbers["test E_pose (mm)"].ours == pytest.approx(20.0)
    assert numbers["others T (%)"].paper is None
    # clips of 100 and 50 %: a deviation of 35.36, by t(1) / sqrt(2) further than a share can go
    assert numbers["test success (%)"].interval == pytest.approx((0.0, 100.0))
    assert tables.number(np.array([1.0, 2.0, 4.0] * 4)).interval == pytest.approx((1.5056, 3.1610), abs=0.001)


def test_a_smaller_pose_error_than_the_papers_is_the_better_one():
    numbers = tables.table4(results(ik="1101"), "pour-juice").rows[METHODS["ik"]]
    assert numbers["test E_pose (mm)"].paper == 33.22
    assert numbers["test E_pose (mm)"].reached


def test_gains_are_clip_by_clip():
    table = tables.gains(results(ik="0000", closing="1100", ours="1110"))
    assert table.rows["IK (kappa alone) -> Closing hand"]["pour-juice test"].ours == pytest.approx(0.5)
    assert table.rows["Closing hand -> Ours"]["pour-juice train"].ours == pytest.approx(0.25)


def test_clips_that_nothing_was_trained_on_are_counted_together_too():
    found = results(closing="0000", ours="1100")
    found["pour-juice/ours/seed-1/table4"]["splits"]["others"] = {"success": "0000", **ALIKE}
    numbers = tables.gains(found).rows["Closing hand -> Ours"]
    assert numbers["pour-juice unseen"].ours == pytest.approx(0.25)  # of clips 1 0 0 0
    assert numbers["pour-juice unseen"].interval.low < 0 < numbers["pour-juice unseen"].ours


def test_every_method_has_its_cells_and_only_ours_are_trained():
    chains = Cells(ReconstructionCommand(preset="paper").size).chains()
    assert len(chains) == len(METHODS) * len(TABLE_4)
    for chain in (chain for each in chains for chain in each):
        assert len(chain) == (2 if "/ours" in chain[-1].name else 1)
        assert chain[-1].after == tuple(cell.name for cell in chain[:-1])
