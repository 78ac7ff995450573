"""The demonstration-augmented gradient, for the trust-region step of `sb3_contrib`, and a cheaper such step."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch

from agents.common.imports import need

TRPO: Any = need("sb3_contrib").TRPO
RolloutBuffer: Any = need("stable_baselines3.common.buffers").RolloutBuffer
kl_divergence: Any = need("stable_baselines3.common.distributions").kl_divergence
_Samples: Any = need("stable_baselines3.common.type_aliases").RolloutBufferSamples

Augment = Callable[[Any], Any]


class AugmentedBuffer(RolloutBuffer):  # type: ignore[misc]
    """A batch whose gradient is that of `augment`; the baseline learns from the batch alone.

    TRPO takes a whole batch for the policy's step, and minibatches for the baseline.
    """

    augment: Augment | None = None
    seen: torch.Tensor
    """Observations of the whole batch last gone through."""

    def get(self, batch_size: int | None = None) -> Iterator[Any]:
        for samples in super().get(batch_size):
            whole = batch_size is None and self.augment is not None
            given = self.augment(samples) if whole else samples  # type: ignore[misc]
            if batch_size is None:
                self.seen = given.observations
            yield given


class NaturalGradient(TRPO):  # type: ignore[misc]
    """TRPO whose Fisher matrix is that of every k-th sample, k = `fisher_stride`; the rest is of all of them.

    Most of a step is products with that matrix, and it is much the same for a part of a batch.
    """

    fisher_stride = 1
    rollout_buffer: AugmentedBuffer

    def _compute_actor_grad(self, kl_div: torch.Tensor, policy_objective: torch.Tensor) -> Any:
        if self.fisher_stride > 1:
            states = self.rollout_buffer.seen[:: self.fisher_stride]
            with torch.no_grad():
                now = copy.copy(self.policy.get_distribution(states))
            kl_div = kl_divergence(self.policy.get_distribution(states), now).mean()
        return super()._compute_actor_grad(kl_div, policy_objective)


def augmented(samples: Any, policy: Any, states: torch.Tensor, actions: torch.Tensor, weight: float) -> Any:
    """A batch with demonstrations in it.

    The gradient of its surrogate objective is that of DAPG: over the batch the sum of A grad log pi, and over the
    demonstrations that of w grad log pi with w = `weight` max A. Advantages A are standardised.

    Args:
        samples: of the policy.
        policy: whose they are.
        states: of the demonstrations, as the policy sees them.
        actions: of the demonstrations.
        weight: lambda0 lambda1^k.
    """
    advantages = samples.advantages
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    if weight == 0:
        return samples._replace(advantages=advantages)
    with torch.no_grad():
        likely = policy.get_distribution(states).log_prob(actions)
    worth = torch.full((len(states),), weight * float(advantages.max()))
    return _Samples(
        observations=torch.cat([samples.observations, states]),
        actions=torch.cat([samples.actions, actions]),
        old_values=samples.old_values,
        old_log_prob=torch.cat([samples.old_log_prob, likely]),
        advantages=torch.cat([advantages, worth]),
        returns=samples.returns,
    )
