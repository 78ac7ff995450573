"""Experiment B's tasks: what holds an object there, and what is measured."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from holding import HALF, lifting

from hand_envs.captures import Captures
from hand_envs.errors import OptionError, TaskError
from hand_envs.faces.env import HandEnv
from hand_envs.tasks.reconstruction.clips import Clips
from hand_envs.tasks.reconstruction.give_coin import HANDED, GiveCoin
from hand_envs.tasks.reconstruction.pour_juice import PourJuice
from hand_envs.users.residual import Residual

CAPTURES = lifting()
COINS = Captures("give_coin", tuple(dataclasses.replace(each, objects=None) for each in CAPTURES))


def played(user: str, seed: int = 0, **options: object) -> tuple[HandEnv, dict[str, object]]:
    """An episode of a user alone, and the last step's info."""
    env = HandEnv(Residual(PourJuice(captures=CAPTURES), user, **options))  # type: ignore[arg-type]
    env.reset(seed=seed)
    over = False
    while not over:
        *_, terminated, truncated, info = env.step(np.zeros(23))
        over = terminated or truncated
    return env, info


def test_a_clip_is_its_capture_moved_and_nothing_else() -> None:
    clips = Clips.of(CAPTURES, "gt", np.array([0.0, 0.0, HALF]))
    capture = CAPTURES[0]
    seen, placed = capture.points["gt"], clips.hands[0]
    between = [np.linalg.norm(each[:, :, None] - each[:, None], axis=-1) for each in (seen, placed)]
    np.testing.assert_allclose(*between, atol=1e-12)
    assert np.linalg.det(clips.turn[0]) == pytest.approx(1.0)
    np.testing.assert_allclose(clips.turn[0] @ capture.down, (0.0, 0.0, -1.0), atol=1e-12)
    np.testing.assert_allclose(clips.object_pos[0], (0.0, 0.0, HALF), atol=1e-12)
    np.testing.assert_allclose(np.abs(clips.object_quat[0]), (1.0, 0.0, 0.0, 0.0), atol=1e-9)
    lifted = placed[-1] - placed[0]
    np.testing.assert_allclose(lifted, np.tile((0.0, 0.0, 0.1), (21, 1)), atol=1e-12)


def test_a_shorter_clip_stays_at_its_last_frame() -> None:
    short = dataclasses.replace(
        CAPTURES[1], points={"gt": CAPTURES[1].points["gt"][:30]}, objects=CAPTURES[1].objects[:30]
    )
    clips = Clips.of(Captures("lift", (CAPTURES[0], short)), "gt", np.zeros(3))
    assert clips.lengths.tolist() == [60, 30]
    assert (clips.hands[1, 30:] == clips.hands[1, 29]).all()


def test_a_grasp_that_is_tightened_holds_and_one_that_is_not_does_not() -> None:
    _, tightened = played("closing")
    assert tightened["success"]
    assert tightened["lasted"] == 1.0
    assert not played("ik")[1]["success"]


def test_nothing_but_friction_holds_the_carton() -> None:
    env = HandEnv(Residual(PourJuice(captures=CAPTURES), "closing"))
    model = env.episode.sim.model
    assert model.opt.gravity[2] < -9.8
    assert (model.geom_friction[:, 0] <= 1.0).all()
    assert [model.equality(number).name for number in range(model.neq)] == ["wrist"]
    slippery = PourJuice(captures=CAPTURES)
    scene = slippery.scene

    def greased() -> object:
        spec = scene()
        for body in spec.bodies:
            for geom in body.geoms:
                geom.friction[:] = 0.02, 0.0, 0.0
        return spec

    slippery.scene = greased  # type: ignore[assignment, method-assign]
    env = HandEnv(Residual(slippery, "closing"))
    env.reset(seed=0)
    for _ in range(60):
        *_, terminated, _, info = env.step(np.zeros(23))
        if terminated:
            break
    assert not info["success"]


def test_a_carton_on_the_table_is_not_held() -> None:
    env = HandEnv(PourJuice(captures=CAPTURES))
    env.reset(seed=0)
    *_, info = env.step(np.zeros(23))
    assert not info["success"]
    assert env.task.rests(env.episode.sim).all()


def test_the_contact_term_is_the_fit_of_antotsiou() -> None:
    env = HandEnv(PourJuice(captures=CAPTURES))
    env.reset(seed=0)
    task, sim = env.task, env.episode.sim
    for gap, expected in ((0.04, 0.2), (0.018, 0.2 * (0.022 / 0.044) ** 2), (-0.004, 0.0), (-0.02, 0.0)):
        sim.measured.clear()
        sim.measured[PourJuice.gaps.__wrapped__] = np.full((1, 5), gap)
        np.testing.assert_allclose(task.contact(sim), expected)


def test_gaps_are_the_distances_to_the_surface() -> None:
    env = HandEnv(PourJuice(captures=CAPTURES))
    env.reset(seed=0)
    task, sim = env.task, env.episode.sim
    task.put_object(sim, np.array([0]), np.array([[0.0, 0.0, 3.0]]), np.array([[1.0, 0.0, 0.0, 0.0]]))
    sim.forward()
    assert (task.gaps(sim) == 0.04).all()
    tip = sim.body("index_distal").xpos[0]
    task.put_object(sim, np.array([0]), tip[None], np.array([[1.0, 0.0, 0.0, 0.0]]))
    sim.forward()
    assert task.gaps(sim)[0, 0] < -0.02


def test_the_pose_error_is_small_where_the_hand_follows() -> None:
    env, info = played("ik", seed=1)
    assert 0.0 < info["pose_error"] < 0.012
    clip = env.task.unwrapped.clips
    assert clip.annotated.shape == clip.hands.shape


def test_a_carton_far_from_the_hand_ends_the_episode() -> None:
    env = HandEnv(PourJuice(captures=CAPTURES))
    env.reset(seed=0)
    sim = env.episode.sim
    env.task.put_object(sim, np.array([0]), np.array([[1.0, 0.0, 0.1]]), np.array([[1.0, 0.0, 0.0, 0.0]]))
    sim.forward()
    assert env.step(np.zeros(23))[2]


def test_the_coin_is_held_in_place_and_then_only_by_the_fingers() -> None:
    env = HandEnv(Residual(GiveCoin(captures=COINS), "ik"))
    env.reset(seed=0)
    sim = env.episode.sim
    start = sim.body("coin").xpos[0, 2].copy()
    heights = []
    for _ in range(HANDED + 6):
        env.step(np.zeros(23))
        heights.append(sim.body("coin").xpos[0, 2] - start)
    assert max(map(abs, heights[:HANDED])) < 2e-3
    assert heights[-1] < -0.01  # nothing holds it in this capture
    assert not sim.eq_active[0, sim.model.equality("handed").id]


@pytest.mark.parametrize(("task", "captures", "width"), [(PourJuice, CAPTURES, 1104), (GiveCoin, COINS, 1119)])
def test_an_agent_sees_as_many_numbers_as_in_the_paper(task: type, captures: Captures, width: int) -> None:
    with_phi = [dataclasses.replace(each, features=np.ones((len(each), 1024), np.float32)) for each in captures]
    made = task(captures=Captures(captures.action, tuple(with_phi)))
    assert HandEnv(Residual(made, "closing")).observation_space.shape == (width,)
    assert HandEnv(Residual(made, "closing", features=False)).observation_space.shape == (width - 1024,)


def test_users_of_captures_are_refused_elsewhere() -> None:
    with pytest.raises(TaskError, match="plays no clip"):
        HandEnv(Residual("HandDoor-v0", "ik"))
    with pytest.raises(OptionError, match="features=True"):
        HandEnv(Residual(PourJuice(captures=CAPTURES), "ik", features=True))


def test_splits_and_sequences_are_checked() -> None:
    with pytest.raises(OptionError, match="sequence must be from 0 to 1"):
        HandEnv(PourJuice(captures=CAPTURES)).reset(options={"sequence": 2})
    assert HandEnv(PourJuice(captures=CAPTURES)).reset(options={"sequence": 1})[1]["sequence"] == 1
