"""What somebody meets who mistypes, lacks a package, or names an environment that an agent cannot train on."""

from __future__ import annotations

import runpy
import subprocess
import sys

import gymnasium as gym
import pytest
import strangers as own_tasks
from conftest import ROOT, needs_gl

pytest.importorskip("sb3_contrib", reason="agents need the extra: pip install 'hand-envs[agents]'")
pytest.importorskip("imitation", reason="pip install --no-deps imitation==1.0.1")

from agents.common.command import read
from agents.common.registry import trainings
from agents.dapg import Config as DapgConfig
from agents.dapg import configured as dapg
from agents.dapg.__main__ import main as train_dapg
from agents.ppo_gail import Config, configured
from agents.ppo_gail.__main__ import main as train_ppo
from agents.ppo_gail.play import main as play
from hand_envs.env import HandEnv
from hand_envs.errors import OptionError
from hand_envs.registry import task_of

_SIZES = "--num-envs 2 --num-steps 8 --minibatch 8 --network 8 --steps 16"
TINY = [*_SIZES.split(), *["--episodes", "1", "--nthread", "1"]]
BARE = """
import importlib.abc, runpy, sys
class Absent(importlib.abc.MetaPathFinder):  # tyro takes a name in sys.modules for the package
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ("torch", "stable_baselines3", "sb3_contrib", "imitation"):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
sys.argv = ["agent", *{arguments!r}]
runpy.run_module({module!r}, run_name="__main__")
"""


@pytest.mark.parametrize("name", trainings())
@pytest.mark.parametrize("arguments", [["--help"], []], ids=["help", "train"])
def test_without_torch_there_is_help_and_one_clear_line(name, arguments, tmp_path):
    code = BARE.format(arguments=arguments, module=f"agents.{name}")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    if arguments:
        assert done.returncode == 0
        assert "--num-envs" in done.stdout
    else:
        assert done.returncode == 2
        assert "pip install 'hand-envs[agents]'" in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["--env", "HandDor-v0"], "did you mean 'HandDoor"),
        (["--env", "CartPole-v1", "--method", "ours-rl"], "actions of CartPole-v1 must be a flat Box"),
        (["--env", "Pendulum-v1", "--method", "ours-rl", "--option", "colour=red"], "Pendulum-v1 could not be made"),
        (["--method", "our"], "did you mean 'ours'"),
        (["--network", "10000000", "10000000"], "network must be"),
        (["--gamma", "nan"], "gamma must be a finite number"),
        (["--option", "noise"], "name=value"),
        (["--folder", "/proc/nowhere/run"], "/proc/nowhere/run cannot be written to"),
        (["--curriculum", "0.5", "--env", "Pendulum-v1", "--method", "ours-rl"], "no demonstrations for a curriculum"),
    ],
)
def test_mistakes_are_a_line_that_names_them(arguments, cause, capsys):
    assert train_ppo([*TINY, *arguments]) == 2
    assert cause in " ".join(capsys.readouterr().err.split())


@needs_gl
def test_pixels_are_refused(capsys):
    assert train_dapg(["--env", "HandDoorVisual-v0", "--method", "npg", *TINY]) == 2
    assert "must be a flat Box" in capsys.readouterr().err


def test_the_method_and_the_environment_decide_the_defaults():
    assert read(DapgConfig, None, ["--env=HandHammer-v0"])[0] == dapg("dapg", "HandHammer-v0")
    assert read(DapgConfig, None, ["--method", "bc", "--seed", "3"])[0] == dapg("bc", seed=3)
    assert read(Config, None, ["--method", "rl", "--env", "Pendulum-v1"])[0] == configured("rl", env="Pendulum-v1")


def test_help_shows_the_defaults_of_the_method_that_is_named(capsys):
    with pytest.raises(SystemExit):
        read(DapgConfig, None, ["--method", "npg", "--help"])
    assert "(default: 0.3)" in " ".join(capsys.readouterr().out.split())


def test_names_that_options_had_before_are_understood_but_not_listed(capsys):
    assert read(Config, None, ["--practise", "0.5"])[0].curriculum == 0.5
    config = read(DapgConfig, None, ["--practice=3", "--halfway", "0.25"])[0]
    assert (config.augmentation, config.start_midway) == (3, 0.25)
    assert DapgConfig.from_data({"practice": 3, "halfway": 0.25}) == dapg(augmentation=3, start_midway=0.25)
    with pytest.raises(SystemExit):
        read(DapgConfig, None, ["--help"])
    assert "halfway" not in capsys.readouterr().out


def test_an_environment_that_an_agent_was_not_made_for_is_told(capsys):
    door = str(ROOT / "assets" / "agents" / "dapg" / "door")
    assert play([str(ROOT / "assets" / "agents" / "door"), "--episodes", "1", "--option", "nois=1"]) == 2
    assert play([door]) == 2, "an agent of another kind"
    assert "config.json" in capsys.readouterr().err.replace("\n", "")


def test_the_example_says_what_it_cannot_do():
    example = runpy.run_path(str(ROOT / "docs" / "examples" / "ppo.py"))
    with pytest.raises(SystemExit, match="flat actions"):
        example["train"](example["Args"](env_id="CartPole-v1", num_envs=1))
    class_of_pixels = gym.make_vec("CartPole-v1", num_envs=1)
    class_of_pixels.single_observation_space = gym.spaces.Dict({"pixels": gym.spaces.Box(0, 255, (8, 8, 3))})
    with pytest.raises(SystemExit, match="flat observations"):
        example["check"]("HandDoorVisual-v0", class_of_pixels)


# --- a user of somebody else's ----------------------------------------------------------------------------------------


@pytest.fixture
def strangers():
    """Ids around a user, of tasks that know less than the suite's own."""
    where = {"entry_point": "hand_envs.env:HandEnv", "vector_entry_point": "hand_envs.env:HandVectorEnv"}
    names = {"StrangersDoor-v0": "strangers:Helped", "StrangersFreeDoor-v0": "strangers:Free"}
    for env_id, task in names.items():
        gym.register(env_id, kwargs={"task": task}, **where)
    yield tuple(names)
    for env_id in names:
        gym.registry.pop(env_id)


def test_a_strangers_user_is_recognised_and_acting_alone_is_not_silently_correcting(strangers, tmp_path):
    helped, free = strangers
    assert configured(env=helped).has_user
    assert not configured(env="HandDoor-v0").has_user
    assert not configured(env="Pendulum-v1").has_user
    assert configured("ours", env=helped).training_options() == {}, "it takes no options, and corrects"
    alone = configured("rl", env=helped).training_options()
    with pytest.raises(OptionError, match="residual"):
        gym.make_vec(helped, num_envs=1, **alone)
    assert configured("rl", env=free).training_options() == {"residual": False}
    assert configured("rl", env="HandDoorResidual-v0").training_options()["residual"] is False


def test_a_strangers_user_is_imitated_and_cloned_from(strangers, tmp_path):
    from agents.ppo_gail import Training

    small = {**Config.tiny, "steps": 16, "bc_epochs": 1}
    training = Training(configured("ours", env=strangers[0], **small), tmp_path / "run", nthread=1, episodes=1)
    training.run()
    assert training.hybrid is not None
    assert set(training.last) == {"train", "test"}


def test_what_an_id_sets_is_trained_on_and_judged_by():
    """It was trained on the defaults of the training, and judged by those of the id."""
    config = Config(env="strangers:OwnGuided-v0")
    assert config.has_user
    for options in (config.training_options(), config.test_options()):
        task = task_of(config.env, options)
        assert (task.user_reward, task.user.tempo, task.task.reward_type) == (1.0, 0.5, "guided")
    drifting = Config(env="strangers:OwnGuided-v0", tempo=0.2, reward="sparse")
    task = task_of(config.env, drifting.training_options())
    assert (task.user.tempo, task.task.reward_type) == (0.2, "sparse")


def test_options_that_contradict_the_training_are_refused():
    asked = Config(options={"tempo": 0.5})
    assert asked.training_options()["tempo"] == asked.test_options()["tempo"] == 0.5
    for options, fields in (({"residual": False}, {}), ({"tempo": 0.5}, {"tempo": 0.2}), ({"user_reward": 1.0}, {})):
        with pytest.raises(OptionError, match="contradicts the training's own"):
            Config(options=options, **fields)


class _Disguised(HandEnv):
    """An environment that is made with a user whom its id does not tell of."""

    def __init__(self, residual: bool = True, **options):
        super().__init__(own_tasks.Free(residual), **options)


@pytest.fixture(params=[_Disguised, lambda **options: _Disguised(**options)], ids=["subclass", "factory"])
def disguised(request):
    gym.register("DisguisedDoor-v0", request.param)
    yield "DisguisedDoor-v0"
    gym.registry.pop("DisguisedDoor-v0")


@pytest.mark.parametrize(
    ("method", "changes", "asked"),
    [
        ("rl", {}, "residual=False"),
        ("ours-rl", {"drift": 0.1}, "drift=0.1"),
        ("ours-rl", {"curriculum": 0.5, "bc_epochs": 1}, "curriculum=0.5, bc_epochs=1"),
    ],
)
def test_a_user_whom_the_id_does_not_tell_of_is_not_silently_corrected(disguised, method, changes, asked, tmp_path):
    from agents.ppo_gail import Training

    config = configured(method, env=disguised, **{**Config.tiny, **changes})
    assert not config.has_user
    with pytest.raises(OptionError, match=f'Slower, acts in {disguised}.* so {asked} cannot .*kwargs={{"task"'):
        Training(config, tmp_path, nthread=1, episodes=1)


@pytest.mark.parametrize(("method", "options"), [("ours-rl", {}), ("rl", {"residual": False})])
def test_a_user_whom_the_id_does_not_tell_of_may_be_as_the_method_has_it(disguised, method, options, tmp_path):
    from agents.ppo_gail import Training

    config = configured(method, env=disguised, options=options, **{**Config.tiny, "steps": 16})
    assert Training(config, tmp_path, nthread=1, episodes=1).learner is not None
