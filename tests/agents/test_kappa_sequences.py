"""Pairs out of pose sequences: what was seen in a step with what was demonstrated in it, and folds."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="agents need the extra: pip install 'hand-envs[agents]'")
from user_at_the_door import LENGTHS, aimless, seen_at_the_door

from agents.kappa.__main__ import main
from agents.kappa.sequences import pairs_of
from hand_envs.core.simulation import Simulation
from hand_envs.datasets.shipped import planned
from hand_envs.errors import DatasetError
from hand_envs.poses.frames import normalised
from hand_envs.poses.retargeting import Learned
from hand_envs.tasks.adroit import Door
from hand_envs.users import PoseUser

DOOR = "HandDoor-v0"


def test_pairs_are_what_was_seen_and_what_was_done():
    sequences = seen_at_the_door()
    pairs = pairs_of(DOOR, "all", sequences, aimless(), kinds=("gt",))
    assert len(pairs.inputs) == 2 * sum(LENGTHS)
    step = 2 * LENGTHS[0] + 7  # the eighth step of the second demonstration's first sequence
    points = sequences.points["gt"][sequences.frames[1, 0, 7]]
    np.testing.assert_allclose(pairs.inputs[step, :63], normalised(points[None])[0].ravel())
    sim = Simulation(Door().scene(), 1)
    columns = [sim.model.actuator(f"A_{joint}").id for joint in pairs.joints]
    np.testing.assert_allclose(pairs.targets[step], np.clip(aimless()[1].actions[7, columns], -1, 1))


def test_a_fold_leaves_its_demonstrations_out():
    sequences = seen_at_the_door()
    whole = pairs_of(DOOR, "all", sequences, aimless())
    folds = [pairs_of(DOOR, "all", sequences, aimless(), fold=fold, folds=3) for fold in range(3)]
    assert [len(whole.inputs) - len(fold.inputs) for fold in folds] == [4 * length for length in LENGTHS]


def test_cross_fitted_kappas_are_used_in_turn():
    """Where the suite has them, for those who train; each for the demonstrations that it has not learned from."""
    task = Door()
    model = task.scene().compile()
    file = planned(DOOR).parents[2] / "kappa" / "door.npz"
    alone = PoseUser(aimless(), seen_at_the_door(), kappa_file=file)
    several = PoseUser(aimless(), seen_at_the_door(), kappa_file=[file, file])
    sims = [Simulation(task.scene(), 1, 1, task.variations.values()) for _ in range(2)]
    assert isinstance(alone._retargeting(task, model, file), Learned)
    assert (alone.script(sims[0], task).seen == several.script(sims[1], task).seen).all()
    pen = PoseUser.for_task("HandPen-v0", split="train")
    assert [each.name for each in pen.kappa_files] == [f"fold-{fold}.npz" for fold in range(4)]
    assert len(PoseUser.for_task("HandPen-v0", split="validation").kappa_files) == 1


def test_sequences_of_another_task_are_refused():
    with pytest.raises(DatasetError, match="HandDoor-v0, and HandPen-v0"):
        pairs_of("HandPen-v0", "all", seen_at_the_door())


def test_the_command_says_what_it_needs(capsys):
    assert main([]) == 2
    assert "--pairs" in capsys.readouterr().err
    assert main(["--env", DOOR, "--fold", "4"]) == 2
    assert "from 0 to 3" in capsys.readouterr().err
    assert main(["--env", DOOR, "--viewpoint"]) == 2
    assert "--viewpoint goes with --pairs" in capsys.readouterr().err
