"""A first policy by supervised learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.common.experts import Pairs
from agents.common.imports import need

torch: Any = need("torch")
_bc: Any = need("imitation.algorithms.bc")
_imitation_logger: Any = need("imitation.util.logger")
_logger: Any = need("stable_baselines3.common.logger")
_types: Any = need("imitation.data.types")


def clone_pairs(model: Any, pairs: Pairs, epochs: int, minibatch: int, seed: int) -> None:
    """Teach the policy of `model` these actions in these (normalised) states, for some passes over them.

    By the behavioural cloning of `imitation`.
    """
    seen, actions = (part.astype(np.float32) for part in pairs)
    count = len(seen)
    trainer = _bc.BC(
        observation_space=model.observation_space,
        action_space=model.action_space,
        rng=np.random.default_rng(seed),
        policy=model.policy,
        demonstrations=_types.Transitions(
            obs=seen,
            acts=actions,
            infos=np.array([{}] * count),
            next_obs=seen,  # of these two, cloning makes no use
            dones=np.zeros(count, bool),
        ),
        batch_size=min(minibatch, count),
        optimizer_kwargs={"lr": 1e-3},
        ent_weight=0.0,
        device="cpu",
        custom_logger=_imitation_logger.HierarchicalLogger(_logger.Logger(None, [])),  # quiet
    )
    spread = model.policy.log_std.detach().clone()
    trainer.train(n_epochs=epochs, progress_bar=False, log_interval=10**9)
    model.policy.log_std.data.copy_(spread)  # cloning would take away what there is to explore with


def clone(policy: Any, seen: np.ndarray, actions: np.ndarray, epochs: int, minibatch: int = 128) -> None:
    """The same with nothing but tensors, which for thousands of wide states takes a tenth of the time.

    What torch's generator draws shuffles. The rate falls to nothing along a cosine, so that the last pass settles.
    """
    states, wanted = (torch.as_tensor(part, dtype=torch.float32) for part in (seen, actions))
    spread = policy.log_std.detach().clone()
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
    batches = max(1, epochs * -(-len(states) // minibatch))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, batches)
    for _ in range(epochs):
        for drawn in torch.randperm(len(states)).split(minibatch):
            loss = -policy.get_distribution(states[drawn]).log_prob(wanted[drawn]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    policy.log_std.data.copy_(spread)  # cloning would take away what there is to explore with
