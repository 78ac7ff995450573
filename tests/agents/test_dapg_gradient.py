"""The gradient of DAPG against one worked out here, and its parts against TRPO's."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sb3_contrib", reason="needs hand-envs[agents]")
import torch
from dapg_runs import parameters, ready, small

from agents.common.gradient import augmented
from agents.dapg import Training


class Recorded:
    """A training whose first batch is kept."""

    def __init__(self, tmp_path, **changes):
        self.training = ready(small(**changes), tmp_path / "run")
        model = self.training.model
        model._setup_learn(0)
        model.collect_rollouts(model.env, _Nothing(model), model.rollout_buffer, model.n_steps)
        self.model, self.policy = model, model.policy
        augment, model.rollout_buffer.augment = model.rollout_buffer.augment, None
        self.samples = next(model.rollout_buffer.get(None))
        model.rollout_buffer.augment = augment
        self.advantages = self.samples.advantages
        self.standard = (self.advantages - self.advantages.mean()) / (self.advantages.std() + 1e-8)
        states = self.training.venv.normalize_obs(self.training.pairs[0])
        self.states = torch.as_tensor(states, dtype=torch.float32)
        self.actions = torch.as_tensor(self.training.pairs[1], dtype=torch.float32)

    def gradient(self, objective) -> torch.Tensor:
        actor = [p for name, p in self.policy.named_parameters() if "value" not in name]
        return torch.cat([g.ravel() for g in torch.autograd.grad(objective, actor)])

    def likely(self, states, actions):
        return self.policy.get_distribution(states).log_prob(actions)


def _Nothing(model):
    from stable_baselines3.common.callbacks import CallbackList

    callback = CallbackList([])
    callback.init_callback(model)
    return callback


def test_the_surrogate_has_the_gradient_of_the_paper(tmp_path):
    """sum_batch A grad log pi + sum_demonstrations w grad log pi, with w = lambda0 lambda1^k max A."""
    run = Recorded(tmp_path)
    weight = 0.3 * 0.9**2
    whole = augmented(run.samples, run.policy, run.states, run.actions, weight)
    ratio = torch.exp(run.likely(whole.observations, whole.actions) - whole.old_log_prob)
    got = run.gradient((whole.advantages * ratio).sum())
    paper = (run.standard * run.likely(run.samples.observations, run.samples.actions)).sum()
    paper = paper + weight * run.standard.max() * run.likely(run.states, run.actions).sum()
    torch.testing.assert_close(got, run.gradient(paper), rtol=1e-4, atol=1e-4)


def test_the_weight_of_demonstrations_fades_from_batch_to_batch(tmp_path):
    run = Recorded(tmp_path, lambda0=0.5, lambda1=0.8)
    best = run.standard.max().item()
    for batch in range(3):
        run.model._n_updates = batch
        whole = next(run.model.rollout_buffer.get(None))
        count = len(run.samples.actions)
        assert whole.advantages[count:].unique().item() == pytest.approx(0.5 * 0.8**batch * best, rel=1e-5)
        drawn = whole.actions[count:]
        assert len(drawn) == count // 4, "at most a quarter of the batch"
        assert (drawn[:, None] == run.actions).all(dim=2).any(dim=1).all()


def test_the_baseline_learns_from_the_batch_alone(tmp_path):
    run = Recorded(tmp_path)
    assert sum(len(each.actions) for each in run.model.rollout_buffer.get(16)) == len(run.samples.actions)


def test_without_demonstrations_it_is_the_natural_gradient_of_trpo(tmp_path):
    """One batch of method npg changes the policy as TRPO itself does."""
    changed = {}
    for own in (True, False):
        training = Training(
            small("npg", bc_epochs=0, steps=32, fisher_stride=1), tmp_path / str(own), nthread=1, episodes=2
        )
        if not own:
            training.model.rollout_buffer.augment = None
            training.model.normalize_advantage = True
        training.run()
        changed[own] = parameters(training)
    np.testing.assert_array_equal(changed[True], changed[False])


@pytest.mark.parametrize("stride", [1, 4])
def test_the_fisher_matrix_is_that_of_every_kth_sample(stride, tmp_path):
    """The Hessian of the mean divergence is, for a Gaussian, the mean of J' J / std^2 (and 2 for each log std)."""
    run = Recorded(tmp_path, lambda0=0.0, fisher_stride=stride, damping=0.0)
    states = next(run.model.rollout_buffer.get(None)).observations
    of_all = run.policy.get_distribution(states).distribution
    now = torch.distributions.Normal(of_all.mean.detach(), of_all.stddev.detach())
    divergence = torch.distributions.kl_divergence(of_all, now).mean()
    parameters, _, slope, _ = run.model._compute_actor_grad(divergence, of_all.mean.mean() + of_all.stddev.mean())
    vector = torch.randn(len(slope), generator=torch.Generator().manual_seed(0))
    got = run.model.hessian_vector_product(parameters, slope, vector)
    jacobian = [
        torch.cat([g.ravel() for g in torch.autograd.grad(mean, parameters[1:], retain_graph=True)])
        for mean in run.policy.get_distribution(states[::stride]).distribution.mean.ravel()
    ]
    jacobian, width = torch.stack(jacobian), len(parameters[0])
    means = jacobian.T @ (jacobian @ vector[width:]) / 0.15**2 / len(jacobian)
    torch.testing.assert_close(got, torch.cat([2 * vector[:width] / width, means]), rtol=1e-3, atol=1e-5)


def test_a_step_keeps_to_its_size(tmp_path):
    """The divergence of the new policy from the old one, on the states of the batch, is at most half the step size."""
    run = Recorded(tmp_path, step_size=0.02, lambda0=0.0, fisher_stride=1)
    with torch.no_grad():
        before = run.policy.get_distribution(run.samples.observations).distribution
        before = torch.distributions.Normal(before.mean.clone(), before.stddev.clone())
    run.model.train()
    after = run.policy.get_distribution(run.samples.observations).distribution
    moved = torch.distributions.kl_divergence(after, before).sum(1).mean().item()
    assert 0.001 < moved < 0.0101
