"""The networks that learn residuals: tiny, since there are ten to learn from."""

from __future__ import annotations

from typing import Any

from agents.common.imports import need

torch: Any = need("torch")
nn: Any = torch.nn

_HEADS, _LAYERS = 2, 2


class Network(nn.Module):  # type: ignore[misc]
    """Gives a scaled residual for a condition c."""

    def loss(self, wanted: Any, c: Any, rewards: Any, warmth: float) -> Any:
        """What is minimised; `warmth` goes from 0 to 1 in the first half of the fitting."""
        raise NotImplementedError

    def propose(self, c: Any, noise: Any) -> Any:
        """Residuals (b, n) for conditions (b, m); `noise` (b, latent) is standard normal."""
        raise NotImplementedError


class Vae(Network):
    """q(z | residual, c) and p(residual | z, c): z is standard normal when it acts."""

    def __init__(self, width: int, seen: int, hidden: int, latent: int, kl: float) -> None:
        super().__init__()
        self.latent, self.kl = latent, kl
        self.encoder = _layers(width + seen, hidden, 2 * latent)
        self.decoder = _layers(latent + seen, hidden, width)

    def loss(self, wanted: Any, c: Any, rewards: Any, warmth: float) -> Any:
        mean, log_variance = self.encoder(torch.cat([wanted, c], dim=-1)).chunk(2, dim=-1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1).mean()
        return _distance(self.propose(c, z), wanted) + warmth * self.kl * divergence

    def propose(self, c: Any, noise: Any) -> Any:
        return self.decoder(torch.cat([noise, c], dim=-1))


class Mlp(Network):
    """The ablation: no chance, the residual that was good where things looked like this."""

    def __init__(self, width: int, seen: int, hidden: int) -> None:
        super().__init__()
        self.layers = _layers(seen, hidden, width)

    def loss(self, wanted: Any, c: Any, rewards: Any, warmth: float) -> Any:
        return _distance(self.layers(c), wanted)

    def propose(self, c: Any, noise: Any) -> Any:
        return self.layers(c)


class Ranked(Network):
    """The ablation: a transformer that learns from all episodes which residual earns which reward, and is asked for the
    highest that it has seen.
    """

    def __init__(self, width: int, seen: int, hidden: int) -> None:
        super().__init__()
        heads = _HEADS if hidden % _HEADS == 0 else 1
        layer = nn.TransformerEncoderLayer(hidden, heads, 2 * hidden, dropout=0.0, batch_first=True)
        self.reward, self.seen = nn.Linear(1, hidden), nn.Linear(seen, hidden)
        self.body = nn.TransformerEncoder(layer, _LAYERS, enable_nested_tensor=False)
        self.out = nn.Linear(hidden, width)
        self.register_buffer("highest", torch.zeros(()))

    def loss(self, wanted: Any, c: Any, rewards: Any, warmth: float) -> Any:
        self.highest = rewards.max()
        return _distance(self._of(c, rewards), wanted)

    def propose(self, c: Any, noise: Any) -> Any:
        return self._of(c, self.highest.expand(len(c)))

    def _of(self, c: Any, rewards: Any) -> Any:
        tokens = torch.stack([self.reward(rewards[:, None]), self.seen(c)], dim=1)
        return self.out(self.body(tokens)[:, -1])


class Mean(Network):
    """The ablation: nothing is seen; scaled residuals have mean 0."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def propose(self, c: Any, noise: Any) -> Any:
        return torch.zeros(len(c), self.width)


def network_of(policy: str, width: int, seen: int, hidden: int, latent: int, kl: float) -> Network:
    """The network a config names, for residuals of a width and conditions of another."""
    if policy == "vae":
        return Vae(width, seen, hidden, latent, kl)
    if policy == "mlp":
        return Mlp(width, seen, hidden)
    return Ranked(width, seen, hidden) if policy == "transformer" else Mean(width)


def _layers(before: int, hidden: int, after: int) -> Any:
    return nn.Sequential(nn.Linear(before, hidden), nn.Tanh(), nn.Linear(hidden, after))


def _distance(made: Any, wanted: Any) -> Any:
    return ((made - wanted) ** 2).sum(-1).mean()
