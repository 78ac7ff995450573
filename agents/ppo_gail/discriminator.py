"""The imitation reward: a discriminator tells the expert's state-action pairs from the agent's (eqs. 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch.nn import functional

from agents.common import checkpoints
from agents.common.imports import need
from agents.common.sb3 import SB3VecEnv

reward_nets: Any = need("imitation.rewards.reward_nets")
networks: Any = need("imitation.util.networks")
BaseCallback: Any = need("stable_baselines3.common.callbacks").BaseCallback
VecEnvWrapper: Any = need("stable_baselines3.common.vec_env").VecEnvWrapper

Array = np.ndarray


class Discriminator:
    """D(s, a), the probability that an expert did a in s, and the reward it gives.

    The paper writes log(1 - D) in eq. 4 and, in eq. 5, trains D towards 1 on the expert, which together would reward
    looking unlike the expert. Here D is trained as in eq. 5 and the reward is -log(1 - D), which grows with D.

    Args:
        expert: states (m, k) and actions (m, j) of the expert.
        spaces: of those states and actions.
        network: hidden layers.
        rate: learning rate.
        updates: updates a batch.
        seed: of the samples that updates draw.
    """

    def __init__(
        self,
        expert: tuple[Array, Array],
        spaces: tuple[gym.spaces.Box, gym.spaces.Box],
        network: Sequence[int],
        rate: float,
        updates: int,
        seed: int,
    ) -> None:
        self.expert = tuple(torch.as_tensor(part, dtype=torch.float32) for part in expert)
        self.net = reward_nets.BasicRewardNet(
            *spaces,
            hid_sizes=tuple(network),
            activation=torch.nn.Tanh,
            normalize_input_layer=networks.RunningNorm,
        )
        self.optimizer = torch.optim.Adam(self.net.parameters(), rate)
        self.updates = updates
        self.generator = torch.Generator().manual_seed(seed)

    def reward(self, states: Array, actions: Array) -> Array:
        """-log(1 - D(s, a)), (n,)."""
        with torch.no_grad(), networks.evaluating(self.net):
            return -functional.logsigmoid(-self._logits(_tensor(states), _tensor(actions))).numpy()

    def update(self, states: Array, actions: Array) -> dict[str, float]:
        """Learn to tell a batch of the agent's pairs from as many of the expert's; returns what to log."""
        agent = _tensor(states), _tensor(actions)
        label = torch.cat([torch.ones(len(states)), torch.zeros(len(states))])
        for _ in range(self.updates):
            rows = torch.randint(len(self.expert[0]), (len(states),), generator=self.generator)
            pairs = [torch.cat([expert[rows], own]) for expert, own in zip(self.expert, agent, strict=True)]
            logits = self._logits(*pairs)
            loss: Any = functional.binary_cross_entropy_with_logits(logits, label)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return {"loss": loss.item(), "accuracy": ((logits > 0) == (label > 0)).float().mean().item()}

    def _logits(self, states: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
        return self.net(states, actions, states, states[:, :1])  # next states and ends are not looked at

    def get_state(self) -> dict[str, Any]:
        """All that changes in training, tensors only."""
        return {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        checkpoints.load_weights(self.net, state["net"])
        checkpoints.load_optimizer(self.optimizer, state["optimizer"])
        self.generator.set_state(state["generator"])


class HybridReward(VecEnvWrapper):  # type: ignore[misc]
    """lambda r_task + (1 - lambda) r_il (eq. 3), with the pairs of a batch kept for the discriminator.

    The discriminator looks at the state without what the user intends, and at the action as it was applied.

    Args:
        venv: the environments.
        discriminator: who judges.
        width: how much of an observation is the state.
        task_share: lambda.
    """

    def __init__(self, venv: SB3VecEnv, discriminator: Discriminator, width: int, task_share: float) -> None:
        super().__init__(venv)
        self.discriminator, self.width, self.task_share = discriminator, width, task_share
        self.pairs: list[tuple[Array, Array]] = []
        self.means: list[tuple[float, float]] = []

    def reset(self) -> Any:
        return self.venv.reset()

    def step_async(self, actions: Array) -> None:
        self._states, self._actions = self.venv.observation[:, : self.width], actions
        self.venv.step_async(actions)

    def step_wait(self) -> Any:
        observation, reward, done, infos = self.venv.step_wait()
        applied = np.asarray(self.venv.info.get("applied_action", self._actions))
        imitation = self.discriminator.reward(self._states, applied)
        self.pairs.append((self._states, applied))
        self.means.append((reward.mean(), imitation.mean()))
        return observation, self.task_share * reward + (1 - self.task_share) * imitation, done, infos

    def learn(self) -> dict[str, float]:
        """Let the discriminator learn from the batch, and forget the batch; returns what to log."""
        states, actions = (np.concatenate(part) for part in zip(*self.pairs, strict=True))
        losses = self.discriminator.update(states, actions)
        task, imitation = np.mean(self.means, axis=0)
        self.pairs, self.means = [], []
        return {**losses, "task_reward": float(task), "imitation_reward": float(imitation)}


class Imitation(BaseCallback):  # type: ignore[misc]
    """Lets the discriminator learn after each batch, before the policy does."""

    def __init__(self, hybrid: HybridReward) -> None:
        super().__init__()
        self.hybrid = hybrid

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        for name, value in self.hybrid.learn().items():
            self.logger.record(f"imitation/{name}", value)


def _tensor(array: Array) -> torch.Tensor:
    return torch.as_tensor(np.asarray(array), dtype=torch.float32)
