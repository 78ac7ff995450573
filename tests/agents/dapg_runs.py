"""Small trainings of DAPG, for tests."""

from __future__ import annotations

import numpy as np
import torch

from agents.dapg import Config, Training, configured

SMALL = {
    "num_envs": 4,
    "num_steps": 8,
    "network": (8,),
    "minibatch": 16,
    "steps": 96,
    "bc_epochs": 1,
    "augmentation": 0,
}
PENDULUM = {**SMALL, "env": "Pendulum-v1"}


def small(method: str = "dapg", **changes) -> Config:
    return configured(method, **{**SMALL, **({"steps": 0} if method == "bc" else {}), **changes})


def train(config: Config, folder, **how) -> Training:
    training = Training(config, folder, nthread=1, episodes=2, **how)
    training.run()
    return training


def ready(config: Config, folder) -> Training:
    """A training that is prepared and taught, but has learned nothing."""
    training = Training(config, folder, nthread=1, episodes=2)
    with training.open():
        return training


def parameters(training: Training) -> np.ndarray:
    return torch.nn.utils.parameters_to_vector(training.model.policy.parameters()).detach().numpy()
