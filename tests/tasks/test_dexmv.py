"""DexMV's tasks: rewards worked out by hand, nearness against distances, resets, and what their scenes must keep."""

from __future__ import annotations

import gymnasium as gym
import mujoco
import numpy as np
import pytest
from conftest import ROOT

from hand_envs.core.episode import Episode
from hand_envs.registry import ENTRIES
from hand_envs.tasks.dexmv.place_inside import PlaceInside
from hand_envs.tasks.dexmv.pour import Pour
from hand_envs.tasks.dexmv.relocate import RelocateObject

IDS = [entry.id for entry in ENTRIES if entry.family == "dexmv" and entry.plain]
every_id = pytest.mark.parametrize("env_id", IDS)
RELOCATIONS = [env_id for env_id in IDS if "Relocate" in env_id]


def bare(env_id: str, **options):
    return gym.make(env_id, disable_env_checker=True, **options).unwrapped


class Thing:
    def __init__(self, **fields):
        for name, value in fields.items():
            setattr(self, name, np.array([value], float))


class Scene:
    """Stands in for a simulation of one copy: just the numbers a reward looks at."""

    def __init__(self, touching=False, qpos=(), xpos=(), **objects):
        self.qpos, self.xpos = np.array([qpos], float), np.array([xpos], float)
        self.measured = {}
        self._objects = {"near": Thing(data=[float(touching)]), **objects}

    def _find(self, name):
        return self._objects[name]

    site = body = joint = sensor = _find


def total(terms) -> float:
    assert all(term.shape == (1,) for term in terms.values())
    return sum(term.item() for term in terms.values())


# --- rewards -------------------------------------------------------------------------------------------------------

REST = 0.8 * (0.0511 / 2 - 0.0081)  # m, at which the brick stands on the table: its middle is not its origin
UPRIGHT = (1, 0, 0, 0, 1, 0, 0, 0, 1)


def relocation(thing, target=(0.0, 0.0, 0.2), palm=(0.0, 0.0, 0.1), touching=True):
    return Scene(touching, S_grasp=Thing(xpos=palm), object=Thing(xpos=thing), target=Thing(xpos=target))


def test_relocate_without_touching_only_reaching_counts():
    task = RelocateObject("foam_brick")
    scene = relocation((0.0, 0.0, 0.2), touching=False)
    assert total(task.reward(scene)) == pytest.approx(-0.1 * 0.1)
    assert task.success(scene).item()


@pytest.mark.parametrize(
    ("height", "expected"),
    [
        (REST, -0.1 * (0.1 - REST) + 0.1),
        (REST + 0.014, -0.1 * (0.086 - REST) + 0.1 + 50 * 0.014),
        (0.04, -0.1 * 0.06 + 0.1 + 50 * (0.04 - REST) + 2 - 0.5 * 0.1 - 1.5 * 0.16),
        (0.15, -0.1 * 0.05 + 0.1 + 50 * (0.15 - REST) + 2 - 0.5 * 0.1 - 1.5 * 0.05 + 1 / 0.06),
        (0.25, -0.1 * 0.15 + 0.1 + 50 * (0.2 - REST) + 2 - 0.5 * 0.1 - 1.5 * 0.05 + 1 / 0.06),  # lift ends at 0.2
    ],
)
def test_relocate_while_touching(height, expected):
    assert total(RelocateObject("foam_brick").reward(relocation((0.0, 0.0, height)))) == pytest.approx(expected)


def test_relocate_legacy_counts_lift_from_the_unscaled_height():
    own, legacy = RelocateObject("foam_brick"), RelocateObject("foam_brick", variant="legacy")
    scene = relocation((0.0, 0.0, 0.027), touching=True)
    assert total(own.reward(scene)) - total(legacy.reward(scene)) == pytest.approx(50 * (0.0511 / 2 - REST))


@pytest.mark.parametrize(
    ("height", "touching", "loose", "strict"),
    [(0.11, True, True, False), (0.09, True, False, False), (0.16, True, True, True), (0.16, False, True, False)],
)
def test_relocate_success(height, touching, loose, strict):
    scene = relocation((0.0, 0.0, height), touching=touching)
    assert RelocateObject().success(scene).item() is loose
    assert RelocateObject(success="strict").success(scene).item() is strict


PLACE = np.array((-0.03, -0.1, 0.2))  # where the mug is to be tilted


def pouring(mug, inside=0, spilt=0, tilt=0.0, touching=True, palm=(0.0, -0.1, 0.1)):
    """Twelve particles: some in the tank, some on the table, the others in the mug."""
    mug = np.array(mug, float)
    particles = [(-0.08, -0.1, 0.03)] * inside + [(0.5, 0.5, 0.01)] * spilt + [tuple(mug)] * (12 - inside - spilt)
    xmat = (1, 0, 0, 0, np.cos(tilt), -np.sin(tilt), 0, np.sin(tilt), np.cos(tilt))
    scene = Scene(
        touching, xpos=particles, S_grasp=Thing(xpos=palm), target=Thing(xpos=PLACE), object=Thing(xpos=mug, xmat=xmat)
    )
    scene._objects["particle_0_0_0"] = type("First", (), {"id": 0})
    return scene


def test_pour_reaching_and_spilling():
    scene = pouring((0.1, -0.1, 0.1), spilt=3, touching=False)
    assert total(Pour().reward(scene)) == pytest.approx(-0.1 * 0.1 - 0.1 * 3 / 12)


def test_pour_carrying():
    scene = pouring((0.1, -0.1, 0.11), palm=(0.1, -0.1, 0.11))
    away, palm_away = np.hypot(0.13, 0.09), np.hypot(0.13, 0.09)
    expected = 0.1 + 50 * (0.11 - 0.04065) + 2 - 0.5 * palm_away - 1.5 * away
    assert total(Pour().reward(scene)) == pytest.approx(expected)


def test_pour_what_is_below_the_mug_is_spilt_and_what_is_in_the_upper_half_of_the_tank_is_not_poured():
    scene = pouring((0.3, 0.3, 0.2), touching=False)
    scene.xpos[0, :3] = [(0.3, 0.3, 0.1), (0.3, 0.3, 0.285), (-0.08, -0.1, 0.05)]
    assert Pour().spilt(scene).item() == pytest.approx(1 / 12)
    assert Pour().poured(scene).item() == 0.0


@pytest.mark.parametrize(("tilt", "inside"), [(0.0, 0), (1.0, 0), (2.0, 5), (np.pi, 12)])
def test_pour_at_the_place(tilt, inside):
    mug = np.add(PLACE, (0.0, 0.0, -0.04))
    scene = pouring(mug, inside=inside, tilt=tilt, palm=tuple(mug))
    expected = 0.1 + 50 * (0.16 - 0.04065) + 2 - 0.5 * 0.04 - 1.5 * 0.04 + 1 / 0.04 + 100 * tilt + 100 * inside / 12
    assert total(Pour().reward(scene)) == pytest.approx(expected)


def test_pour_tilt_beyond_rounding_is_no_nan():
    scene = pouring(PLACE)
    scene._objects["object"].xmat[0, 8] = 1.0 + 1e-12
    assert np.isfinite(total(Pour().reward(scene)))


@pytest.mark.parametrize(("inside", "loose", "strict"), [(3, False, False), (4, True, False), (9, True, True)])
def test_pour_success(inside, loose, strict):
    assert Pour().success(pouring((0.1, -0.1, 0.1), inside=inside)).item() is loose
    assert Pour(success="strict").success(pouring((0.1, -0.1, 0.1), inside=inside)).item() is strict


LYING, STANDING = UPRIGHT, (0, 0, 1, 1, 0, 0, 0, 1, 0)  # the banana's length is its y
MUG = (0.0, 0.0, 0.060975)
TOP, HIGHEST = 0.12195, 0.12195 + 0.1784 * 0.8 / 3


def placing(banana, palm=(0.0, 0.0, 0.3), touching=False, xmat=LYING, bend=0.0):
    qpos = np.r_[np.zeros(6), np.full(24, bend)]
    return Scene(touching, qpos, S_grasp=Thing(xpos=palm), mug=Thing(xpos=MUG), object=Thing(xpos=banana, xmat=xmat))


def test_place_far_from_all():
    scene = placing((0.2, 0.0, 0.0183), palm=(0.2, 0.0, 0.1183))
    assert total(PlaceInside().reward(scene)) == pytest.approx(-0.01)


def test_place_lifted_over_the_rim():
    banana = np.array((0.04, 0.0, 0.0183 + 0.13))
    scene = placing(banana, palm=tuple(banana), touching=True)
    lean = np.pi / 2
    expected = 0.2 + 2 * 0.13 + 0.2 - 0.5 * 0.04 - 0.04 + 0.5 + 0.5 * (np.pi / 2 - lean)
    assert total(PlaceInside().reward(scene)) == pytest.approx(expected)


def test_place_held_upright_over_the_middle():
    banana = np.array((0.0, 0.0, 0.0183 + 0.13))
    scene = placing(banana, palm=tuple(banana), touching=True, xmat=STANDING, bend=0.5)
    held = 0.2 + 2 * 0.13 + 0.2 + 0.5 + np.pi / 4 + 0.3
    scene.qpos[0, -1] = -0.5  # a joint may bend the other way
    inside = 12 * (HIGHEST - 0.13) + 0.5 + 2 * (np.pi / 2 - 0.5)  # 0.13 is below the middle of rim and highest
    assert total(PlaceInside().reward(scene)) == pytest.approx(held + inside)


def test_place_left_in_the_mug():
    scene = placing((0.0, 0.0, 0.08), palm=(0.0, 0.0, 0.38), xmat=STANDING)
    lift = 0.08 - 0.0183
    inside = 12 * (HIGHEST - lift) + 0.5 + 2 * np.pi / 2
    assert total(PlaceInside().reward(scene)) == pytest.approx(-0.03 + inside + 1.5 + np.pi / 4 + 1.2 + 2 * lift)


@pytest.mark.parametrize(
    ("banana", "xmat", "touching", "loose", "strict"),
    [
        ((0.09, 0.0, 0.0183), LYING, False, True, False),  # beside the mug
        ((0.11, 0.0, 0.0183), LYING, False, False, False),
        ((0.0, 0.0, 0.08), STANDING, False, True, True),
        ((0.0, 0.0, 0.08), STANDING, True, True, False),
        ((0.0, 0.0, 0.14), STANDING, False, True, False),  # over it, still
    ],
)
def test_place_success(banana, xmat, touching, loose, strict):
    scene = placing(banana, touching=touching, xmat=xmat)
    assert PlaceInside().success(scene).item() is loose
    assert PlaceInside(success="strict").success(scene).item() is strict


# --- scenes --------------------------------------------------------------------------------------------------------


@every_id
def test_observations_are_as_wide_as_those_of_dexmv(env_id):
    widths = {name: part.stop - part.start for name, part in bare(env_id).observation_layout.items()}
    assert list(widths.values()) == ([30, 3, 3, 3] if "Relocate" in env_id else [30, 3, 3, 3, 4])
    assert bare(env_id).action_space.shape == (30,)


@every_id
def test_no_contact_pushes_before_it_touches(env_id):
    model = bare(env_id).episode.sim.model
    assert not model.geom_margin.any()
    assert not model.pair_margin.any()


@every_id
def test_nothing_blows_up_or_sinks_when_the_hand_stays_away(env_id):
    env = bare(env_id)
    env.reset(seed=0)
    start = env.episode.sim.body("object").xpos[0].copy()
    for _ in range(100):
        *_, info = env.step(np.r_[0.0, 1.0, -1.0, np.zeros(27)])
        assert not info["unstable"]
    now = env.episode.sim.body("object").xpos[0]
    np.testing.assert_allclose(now, start, atol=0.005)


def nearest(env) -> float:
    """The distance of hand and object (m), by asking for every pair of their geoms."""
    sim = env.episode.sim
    model, data = sim.model, mujoco.MjData(sim.model)
    sim.materialize(0, model, data)
    root = model.body("forearm").id
    hand = [g for g in range(model.ngeom) if model.body_rootid[model.geom_bodyid[g]] == root and model.geom_contype[g]]
    thing = [g for g in range(model.ngeom) if model.geom_bodyid[g] == model.body("object").id]
    return min(mujoco.mj_geomDistance(model, data, a, b, 1.0, None) for a in hand for b in thing)


@pytest.mark.parametrize("env_id", ["HandRelocateSugarBox-v0", "HandPlaceInside-v0", "HandPour-v0"])
def test_near_is_what_the_distance_of_the_geoms_says(env_id):
    env, limit = bare(env_id), 0.03 if "Place" in env_id else 0.003
    random, seen = np.random.default_rng(0), []
    for trial in range(60):
        env.reset(seed=trial)
        sim = env.episode.sim
        palm = sim.site("S_grasp").xpos[0]
        sim.joint("object").qpos[0, :3] = palm + random.uniform(-0.12, 0.12, 3)
        sim.forward()
        away = nearest(env)
        if abs(away - limit) > 1e-4:
            assert env.task.touching(sim)[0] == (away < limit), f"trial {trial}: {away} m"
            seen.append(away < limit)
    assert 5 < sum(seen) < 55, "both happen"


def test_near_without_touching_leaves_the_banana_alone():
    """The hand comes as near as 3 cm to a banana just above the table: there is no force before the touch."""
    env = bare("HandPlaceInside-v0")
    env.reset(seed=0)
    sim = env.episode.sim
    sim.joint("object").qpos[0, :3] = sim.site("S_grasp").xpos[0] + (0.0, 0.0, -0.12)
    sim.joint("object").qpos[0, 2] = 0.0148
    for lift in np.linspace(0.0, -0.15, 60):
        sim.qpos[0, 1] = lift
        sim.forward()
        if env.task.touching(sim)[0] and nearest(env) > 0.005:
            break
    else:
        pytest.fail("it never was near without touching")
    friction = 0.001  # of the free joint
    assert np.abs(sim.qfrc_constraint[0, 30:36]).max() <= friction + 1e-9, "hand and table leave it alone"


def test_the_particles_fall_into_the_mug_and_stay():
    episode = Episode(Pour(), 16)
    episode.reset(np.arange(16), [np.random.default_rng(seed) for seed in range(16)])
    for _ in range(100):
        episode.step(np.tile(np.r_[0.0, 1.0, -1.0, np.zeros(27)], (16, 1)))
    sim, task = episode.sim, episode.task
    from_mug = task.particles(sim) - task.object(sim)[:, None]
    inside = (np.hypot(from_mug[..., 0], from_mug[..., 1]) < 0.04) & (np.abs(from_mug[..., 2]) < 0.041)
    assert inside.mean() > 0.97
    assert (task.spilt(sim) == 1 - np.round(inside.mean(1), 12)).mean() > 0.8


def test_particles_put_in_the_tank_are_counted():
    episode = Episode(Pour(), 2)
    episode.reset(np.arange(2), [np.random.default_rng(seed) for seed in range(2)])
    sim = episode.sim
    first = sim.model.joint("particle_0_0_0_x").qposadr[0]
    start = sim.xpos[1, sim.body("particle_0_0_0").id] - sim.qpos[1, first : first + 3]
    for number, index in enumerate(np.ndindex(2, 2, 3)):
        place = (-0.08, -0.1, 0.02) + np.array((0.03, 0.03, 0.008)) * index
        slides = slice(first + 3 * number, first + 3 * number + 3)
        sim.qpos[1, slides] = place - start - 0.012 * np.array(index)
    sim.forward()
    assert episode.task.poured(sim).tolist() == [0.0, 1.0]


# --- resets --------------------------------------------------------------------------------------------------------


def starts(task, count: int = 300):
    episode = Episode(task, count)
    episode.reset(np.arange(count), [np.random.default_rng(seed) for seed in range(count)])
    return episode.sim.body("object").xpos.copy(), episode.sim


@pytest.mark.parametrize(
    ("variant", "low", "high"),
    [("default", (-0.1, -0.075), (0.0, 0.075)), ("legacy", (-0.0625, -0.0375), (-0.0625, 0.0375))],
)
def test_relocation_starts_all_over_its_range_and_nowhere_else(variant, low, high):
    places, sim = starts(RelocateObject("tomato_soup_can", variant=variant))
    assert np.all(places[:, :2] >= np.array(low) - 1e-12)
    assert np.all(places[:, :2] <= np.array(high) + 1e-12)
    np.testing.assert_allclose(np.ptp(places[:, :2], axis=0), np.subtract(high, low), atol=0.01)
    target = sim.body("target").xpos
    np.testing.assert_allclose(target.min(0), (-0.3, -0.15, 0.15), atol=0.01)
    np.testing.assert_allclose(target.max(0), (0.1, 0.15, 0.25), atol=0.01)
    height = 0.8 * (0.1018 / 2 + 0.0083) if variant == "default" else 0.1018 / 2
    np.testing.assert_allclose(places[:, 2], height, atol=1e-9)


def test_the_mug_takes_its_particles_along():
    places, sim = starts(Pour(), 50)
    assert np.ptp(places[:, 0]) > 0.08
    first = sim.body("particle_0_0_0").id
    np.testing.assert_allclose(sim.xpos[:, first] - places, [(-0.012, -0.012, 0.042)] * 50, atol=1e-9)


def test_full_observation_adds_what_moves():
    names = list(bare("HandRelocateMug-v0", observe="full").observation_layout)
    assert names[-3:] == ["hand_velocity", "object_quaternion", "object_velocity"]
    assert bare("HandPour-v0", observe="full").observation_layout["particles"].stop == 43 + 30 + 6 + 36


def test_real_weights_are_lighter_than_those_of_dexmv():
    """A foam brick of 28 g weighs 204 g in DexMV."""
    masses = {
        weight: bare("HandRelocateFoamBrick-v0", weight=weight).episode.sim.model.body("object").mass[0]
        for weight in ("real", "dexmv")
    }
    assert masses == {"real": pytest.approx(0.028 * 0.8**3), "dexmv": pytest.approx(0.204)}


def test_meshes_of_dexmv_can_be_relocated(monkeypatch):
    pytest.importorskip("trimesh")
    data = ROOT.parent / "shared" / "data"
    if not (data / "ycb_dexmv").exists():
        pytest.skip("ycb_dexmv is absent: it belongs to the data beside the project")
    monkeypatch.setenv("HAND_ENVS_DATA", str(data))
    env = bare("HandRelocateLargeClamp-v0", meshes="ycb")
    env.reset(seed=0)
    assert (env.episode.sim.model.geom_bodyid == env.episode.sim.model.body("object").id).sum() == 26
    for _ in range(20):
        assert not env.step(np.zeros(30))[4]["unstable"]
