"""PPO in one file, written against `gym.make_vec` alone: how an agent of your own plugs in.

python docs/examples/ppo.py --env-id HandPen-v0 --total-steps 2000000
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import torch
import tyro
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import NormalizeObservation, NormalizeReward, RecordEpisodeStatistics
from torch import nn
from torch.distributions import Normal

import hand_envs  # noqa: F401  registers the environments


@dataclass
class Args:
    """Hyperparameters."""

    env_id: str = "HandPen-v0"
    seed: int = 1
    total_steps: int = 2_000_000
    num_envs: int = 128
    num_steps: int = 128
    learning_rate: float = 3e-4
    gamma: float = 0.99
    gae_lambda: float = 0.95
    epochs: int = 10
    minibatch: int = 1024
    clip: float = 0.2


class Agent(nn.Module):
    """A Gaussian policy and a value."""

    def __init__(self, observations: int, actions: int) -> None:
        super().__init__()
        self.critic = self.network(observations, 1, 1.0)
        self.actor = self.network(observations, actions, 0.01)
        self.log_std = nn.Parameter(torch.full((actions,), -0.5))

    @staticmethod
    def network(inputs: int, outputs: int, gain: float) -> nn.Sequential:
        """Two hidden layers."""
        layers = [nn.Linear(inputs, 128), nn.Linear(128, 128), nn.Linear(128, outputs)]
        for layer, scale in zip(layers, (2**0.5, 2**0.5, gain), strict=True):
            nn.init.orthogonal_(layer.weight, scale)
            nn.init.zeros_(layer.bias)
        return nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2])

    def act(self, observation: torch.Tensor) -> Normal:
        """The policy at an observation."""
        return Normal(self.actor(observation), self.log_std.exp())


def check(env_id: str, envs: gym.vector.VectorEnv) -> None:
    """Say what this example cannot do, before it fails at it."""
    for kind, space in {"observation": envs.single_observation_space, "action": envs.single_action_space}.items():
        if not isinstance(space, gym.spaces.Box) or len(space.shape) != 1:
            raise SystemExit(f"This example needs flat {kind}s of numbers; those of {env_id} are {space}.")


def train(args: Args) -> list[float]:
    """Train; returns the share of episodes that succeeded, an iteration at a time."""
    torch.manual_seed(args.seed)
    envs = gym.make_vec(args.env_id, num_envs=args.num_envs)
    check(args.env_id, envs)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP  # what the masks below are written for
    envs = NormalizeReward(NormalizeObservation(RecordEpisodeStatistics(envs)), gamma=args.gamma)
    observations, actions = envs.single_observation_space.shape[0], envs.single_action_space.shape[0]
    agent = Agent(observations, actions)
    optimizer = torch.optim.Adam(agent.parameters(), args.learning_rate, eps=1e-5)

    shape = (args.num_steps, args.num_envs)
    seen, acted = torch.zeros(*shape, observations), torch.zeros(*shape, actions)
    log_probs, rewards, values, successes = (torch.zeros(shape) for _ in range(4))
    ended, lost, valid = (torch.zeros(shape, dtype=torch.bool) for _ in range(3))
    observation = torch.tensor(envs.reset(seed=args.seed)[0], dtype=torch.float32)
    resetting = torch.zeros(args.num_envs, dtype=torch.bool)
    history, began = [], time.time()

    for iteration in range(max(1, args.total_steps // (args.num_steps * args.num_envs))):
        for t in range(args.num_steps):
            with torch.no_grad():
                policy = agent.act(observation)
                action = policy.sample()
                values[t] = agent.critic(observation)[:, 0]
            seen[t], acted[t], valid[t] = observation, action, ~resetting
            log_probs[t] = policy.log_prob(action).sum(-1)
            seen_next, reward, terminated, truncated, info = envs.step(action.clamp(-1, 1).numpy())
            observation = torch.tensor(seen_next, dtype=torch.float32)
            rewards[t], lost[t] = torch.tensor(reward), torch.tensor(terminated)
            resetting = torch.tensor(terminated | truncated)
            ended[t], successes[t] = resetting, torch.tensor(info.get("success_once", np.zeros(args.num_envs)))

        with torch.no_grad():
            advantages, following, next_value = torch.zeros(shape), 0.0, agent.critic(observation)[:, 0]
            for t in reversed(range(args.num_steps)):
                # A time limit is no end: the value of the last observation counts. A lost pen is one.
                delta = rewards[t] + args.gamma * next_value * ~lost[t] - values[t]
                following = delta + args.gamma * args.gae_lambda * following * ~ended[t]
                advantages[t], next_value = following, values[t]
            returns = advantages + values

        batch = [x[valid] for x in (seen, acted, log_probs, advantages, returns)]
        for _ in range(args.epochs):
            for rows in torch.randperm(len(batch[0])).split(args.minibatch):
                o, a, old, advantage, target = (x[rows] for x in batch)
                policy = agent.act(o)
                ratio = (policy.log_prob(a).sum(-1) - old).exp()
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
                clipped = ratio.clamp(1 - args.clip, 1 + args.clip)
                loss = -torch.min(ratio * advantage, clipped * advantage).mean()
                loss = loss + 0.5 * (agent.critic(o)[:, 0] - target).square().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                optimizer.step()

        finished = successes[ended]
        history.append(finished.mean().item() if len(finished) else float("nan"))
        steps = (iteration + 1) * args.num_steps * args.num_envs
        print(f"steps {steps:>9}  success {np.round(history[-1], 3):<6} {steps / (time.time() - began):,.0f} steps/s")
    envs.close()
    return history


if __name__ == "__main__":
    train(tyro.cli(Args))
