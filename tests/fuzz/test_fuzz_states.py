"""Hostile states and resets: what is refused changes nothing, and what is taken can be observed and gone on from."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hostile_values import OBJECTS, everything, hostile, numbers, refused

IDS = ("HandDoor-v0", "HandPen-v0", "HandPenResidual-v0", "HandRelocateMug-v0", "HandPour-v0")
TRIES = 120


def mutated(rng: np.random.Generator, state: dict[str, Any], other: dict[str, Any], starts: dict[str, Any]) -> Any:
    """A state with something wrong, or only strange, in it."""
    kind = rng.integers(12)
    if kind == 0:
        return OBJECTS[rng.integers(len(OBJECTS))]
    if kind == 1:
        chosen = [name for name in starts if rng.random() < 0.7]
        return {name: part_like(rng, starts[name]) for name in chosen}
    if kind == 2:
        return {name: value for name, value in state.items() if rng.random() < 0.9}
    if kind == 3:
        return {**state, **{name: value for name, value in other.items() if rng.random() < 0.3}}
    if kind == 4:
        return {**state, ("memory.x", "model.geom_pos", "episode.x", "derived.x", 3)[rng.integers(5)]: np.zeros(3)}
    names = list(state)
    changed = dict(state)
    for name in rng.choice(names, rng.integers(1, 3)):
        changed[str(name)] = part_like(rng, state[name])
    return changed


def part_like(rng: np.random.Generator, part: Any) -> Any:
    """Something in place of a part of a state: a few numbers changed, or all of it."""
    part = np.asarray(part)
    kind = rng.integers(4)
    if kind == 0 and part.size:
        changed = part.astype(np.float64)
        changed.flat[rng.integers(part.size)] = numbers(rng, (1,))[0]
        return changed
    if kind == 1 and part.size:
        with np.errstate(all="ignore"):
            return np.asarray(part * 10.0 ** rng.integers(-5, 306))
    if kind == 2:
        return part + rng.integers(-3, 4) if part.dtype.kind in "if" else 1 - part
    return hostile(rng, part.shape)


def tried(rng: np.random.Generator, env: Any, state: Any, good: dict[str, Any]) -> Any:
    """One way to bring a state, or a reset, to an environment."""
    single = not hasattr(env, "num_envs")
    kind = rng.integers(10)
    seed = None if rng.random() < 0.5 else int(rng.integers(1000))
    if kind == 0:
        seeds = (
            -1,
            2.7,
            "1",
            None,
            [1],
            [1, None],
            [2, "3"],
            [True, 1],
            2**70,
            np.int64(3),
            np.zeros(2),
            [[1], [2, 3]],
        )
        return lambda: env.reset(seed=seeds[rng.integers(len(seeds))])
    if kind == 1:
        names = ("sequence", "reset_mask", "state", "stat", 3)
        options = {names[rng.integers(5)]: hostile(rng, () if single else (2,)) for _ in range(rng.integers(1, 3))}
        return lambda: env.reset(seed=seed, options=options)
    if kind == 2:
        return lambda: env.reset(seed=seed, options=OBJECTS[rng.integers(len(OBJECTS))])
    if kind < 6:
        return lambda: env.reset(seed=seed, options={"state": state})
    if single:
        return lambda: env.set_state(state)
    if kind < 8:
        states = [good, state] if rng.random() < 0.5 else [state, good]
        return lambda: env.reset(seed=seed, options={"state": states})
    index = (0, 1, 1, 0, -1, 2, "0", None)[rng.integers(8)]
    return lambda: env.set_state(index, state)


def expect_to_go_on(env: Any) -> None:
    """What was taken is observed, rewarded and restored, and the next step is one like any other."""
    sim, task = env.episode.sim, env.task
    assert np.isfinite(env.episode.observe()).all()
    assert all(np.isfinite(term).all() for term in task.reward(sim).values())
    taken = everything(env)["states"]
    for index in range(sim.nsim):
        env.episode.set_state(index, env.episode.get_state(index))
    assert everything(env)["states"] == taken, "a state does not come back as it was"
    transition = env.episode.step(np.zeros((sim.nsim, len(sim.actuators))))
    assert np.isfinite(transition.observation).all()
    assert np.isfinite(transition.reward).all()


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize("count", [None, 2])
@pytest.mark.filterwarnings("error")
def test_states(env_id, count, deep):
    tries = TRIES * deep
    rng, taken = np.random.default_rng([1, count or 1]), 0
    env = (gym.make(env_id) if count is None else gym.make_vec(env_id, count, autoreset_mode="Disabled")).unwrapped
    if rng.random() < 0.5:
        env.reset(seed=0)
    episode = env.episode
    episode.reset(np.array([0]), [np.random.default_rng(3)])
    good = episode.get_state(0)
    for _ in range(3):
        episode.step(rng.uniform(-1, 1, (count or 1, len(episode.sim.actuators))))
    stepped = episode.get_state(0)
    starts = {name: variation.of(episode.sim)[0].copy() for name, variation in env.task.variations.items()}
    starts |= {"qpos": episode.sim.qpos[0].copy(), "qvel": episode.sim.qvel[0].copy()}
    foreign = gym.make("HandHammer-v0").unwrapped.get_state()
    for _ in range(tries):
        state = mutated(rng, (good, stepped)[rng.integers(2)], (good, stepped, foreign)[rng.integers(3)], starts)
        if not refused(env, tried(rng, env, state, good)):
            taken += 1
            expect_to_go_on(env)
            if rng.random() < 0.3:
                episode.set_states(range(count or 1), [good] * (count or 1))
    print(f"{env_id} x {count or 1}: {tries} states, {taken} taken")
    assert 0 < taken < tries
