"""Features in place of pictures: what is seen is what the encoder makes of the pictures, in every autoreset mode."""

import copy

import gymnasium as gym
import numpy as np
import pytest
from conftest import needs_gl
from gymnasium.vector import AutoresetMode, SyncVectorEnv

torch = pytest.importorskip("torch", reason="agents need the extra")

import hand_envs  # noqa: E402, F401
from agents.common.sb3 import SB3VecEnv  # noqa: E402
from agents.vision import Encoder, FeatureObservation, VectorFeatureObservation  # noqa: E402
from agents.vision.encoders.config import EncoderConfig  # noqa: E402
from hand_envs.errors import OptionError  # noqa: E402

SIZE, WIDTH, PROPRIO = 32, 6, 2
MODES = [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP, AutoresetMode.DISABLED]


class Tiny(torch.nn.Module):
    """A network of one convolution."""

    def __init__(self):
        super().__init__()
        self.width = WIDTH
        self.conv1, self.bn1 = torch.nn.Conv2d(3, WIDTH, 4, 4, bias=False), torch.nn.BatchNorm2d(WIDTH)

    def forward(self, images):
        return self.bn1(self.conv1(images)).relu().float().mean((2, 3))


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return Encoder(EncoderConfig(size=SIZE), Tiny())


class Flicker(gym.Env):
    """Pictures of noise, by pixels; an episode is three steps."""

    observation_space = gym.spaces.Dict(
        image=gym.spaces.Box(0, 255, (SIZE, SIZE, 3), np.uint8),
        proprio=gym.spaces.Box(-2, 2, (PROPRIO,), np.float64),
    )
    action_space = gym.spaces.Box(-1, 1, (1,))

    def _seen(self):
        image = self.np_random.integers(0, 256, (SIZE, SIZE, 3), np.uint8)
        return {"image": image, "proprio": self.np_random.uniform(-1, 1, PROPRIO)}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return self._seen(), {}

    def step(self, action):
        self.count += 1
        return self._seen(), 0.0, False, self.count == 3, {}


def flickers(mode, count=3):
    """The same twice: to be observed as features, and as it is."""
    return [SyncVectorEnv([Flicker] * count, autoreset_mode=mode) for _ in range(2)]


def expected(encoder, observation):
    with encoder.frozen():
        return np.concatenate([encoder(observation["image"]), observation["proprio"]], axis=1).astype(np.float32)


@pytest.mark.parametrize("mode", MODES)
def test_what_is_seen_in_every_autoreset_mode(encoder, mode):
    given, plain = flickers(mode)
    envs = VectorFeatureObservation(given, encoder)
    assert envs.metadata["autoreset_mode"] == mode
    assert envs.observation_space.shape == (3, WIDTH + PROPRIO)
    pairs = [(envs.reset(seed=3)[0], plain.reset(seed=3)[0])]
    finals = 0
    for _ in range(9):
        actions = envs.action_space.sample()
        (seen, _, _, done, info), (before, *_, other) = envs.step(actions), plain.step(actions)
        pairs.append((seen, before))
        for index in np.flatnonzero(other.get("_final_obs", np.zeros(3, bool))):
            last = {name: part[None] for name, part in other["final_obs"][index].items()}
            np.testing.assert_allclose(info["final_obs"][index], expected(encoder, last)[0], atol=1e-5)
            finals += 1
        if mode is AutoresetMode.DISABLED and done.any():
            options = {"reset_mask": done}
            pairs.append((envs.reset(options=dict(options))[0], plain.reset(options=dict(options))[0]))
    for seen, before in pairs:
        assert seen.dtype == np.float32
        assert envs.observation_space.contains(seen)
        np.testing.assert_allclose(seen, expected(encoder, before), atol=1e-5)
    assert finals == (9 if mode is AutoresetMode.SAME_STEP else 0)


def test_a_step_changes_statistics_once_and_last_pictures_never(encoder):
    envs = VectorFeatureObservation(flickers(AutoresetMode.SAME_STEP)[0], encoder)
    moving = encoder.follow(0.1)
    envs.reset(seed=0)
    for step in range(6):
        assert moving.version == step + 1
        envs.step(envs.action_space.sample())


def test_one_environment_sees_what_many_see(encoder):
    envs = VectorFeatureObservation(flickers(AutoresetMode.NEXT_STEP)[0], encoder)
    env = FeatureObservation(Flicker(), encoder)
    many, one = envs.reset(seed=5)[0], env.reset(seed=6)[0]
    np.testing.assert_allclose(one, many[1], atol=1e-5)
    assert env.observation_space == envs.single_observation_space
    assert env.observation_layout == {"features": slice(0, WIDTH), "proprio": slice(WIDTH, WIDTH + PROPRIO)}
    low = env.observation_space.low
    assert list(low[env.observation_layout["proprio"]]) == [-2, -2]
    assert env.observation_space.contains(env.step(np.zeros(1, np.float32))[0])


def test_a_copy_goes_on_alike_and_by_itself(encoder):
    encoder.follow(0.2)
    env = FeatureObservation(Flicker(), encoder)
    env.reset(seed=0)
    copied = copy.deepcopy(env)
    steps = [each.step(np.zeros(1, np.float32))[0] for each in (env, copied)]
    np.testing.assert_array_equal(*steps)
    copied.step(np.zeros(1, np.float32))
    assert copied.encoder.moving.version == env.encoder.moving.version + 1


def test_environments_without_pictures_are_refused_by_the_twins_name(encoder):
    with pytest.raises(OptionError, match=r"make HandDoorVisual-v0 in place of HandDoor-v0"):
        FeatureObservation(gym.make("HandDoor-v0"), encoder)
    with pytest.raises(OptionError, match=r"make HandDoorVisual-v0 in place of HandDoor-v0"):
        VectorFeatureObservation(gym.make_vec("HandDoor-v0", num_envs=2), encoder)
    with pytest.raises(OptionError, match=r"Pendulum-v1 observes Box"):
        FeatureObservation(gym.make("Pendulum-v1"), encoder)


def visual(num_envs=2):
    pixels = {"width": SIZE, "height": SIZE}
    return gym.make_vec(
        "HandDoorVisual-v0", num_envs=num_envs, autoreset_mode="SameStep", max_episode_steps=3, pixels=pixels
    )


@needs_gl
def test_our_own_ids_and_stable_baselines(encoder):
    moving = encoder.follow(0.1)
    bridge = SB3VecEnv(VectorFeatureObservation(visual(), encoder))
    bridge.seed(0)
    first = bridge.reset()
    assert bridge.observation_space.shape == first[0].shape == (WIDTH + 30,)
    actions = np.zeros((2, 28), np.float32)
    for _ in range(3):
        seen, _, done, infos = bridge.step(actions)
    assert done.all()
    assert infos[0]["terminal_observation"].shape == seen[0].shape

    other = copy.deepcopy(encoder)
    again = SB3VecEnv(VectorFeatureObservation(visual(), other))
    np.testing.assert_array_equal(again.thaw(bridge.freeze()), seen)
    assert other.moving.version == moving.version, "going on is not seeing"
    np.testing.assert_array_equal(again.step(actions)[0], bridge.step(actions)[0])
    frozen = bridge.freeze()
    with pytest.raises(ValueError, match="not this environment's"):
        again.thaw({**frozen, "observation": frozen["observation"][:, 1:]})
    for each in (bridge, again):
        each.close()
