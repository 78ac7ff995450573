"""A row of the table of environments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import gymnasium as gym

from hand_envs.core.task import Task, load_task

RESIDUAL = "hand_envs.users.residual:Residual"
ENTRY_POINT, VECTOR_ENTRY_POINT = "hand_envs.env:HandEnv", "hand_envs.env:HandVectorEnv"

FACE_OPTIONS = {
    *("task", "num_envs", "nthread", "max_episode_steps", "autoreset_mode"),
    *("render_mode", "camera", "width", "height", "pretty", "pixels", "rendered"),
}
"""Options of an environment that are not its task's; here since tasks know of no environment. A test compares."""


@dataclass(frozen=True)
class Entry:
    """One environment id."""

    id: str
    name: str
    """What files call the task: `door`, `relocate-mug`; twins share it."""
    task: str
    """Address of the task's class, `"package.module:Class"`."""
    family: str
    hand: str
    horizon: int | None
    """The task's own; repeated here so that registering makes no task. A test compares. None: user or clip ends it."""
    doc: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the id sets: options of `HandEnv` or of the task."""
    baseline: str | None = None
    """Command that trains the baseline agent."""
    kind: Literal["plain", "visual", "residual"] = "plain"
    """The task observed by its state with nobody else in it, through pixels, or with a user in it."""
    base: str | None = None
    """Id of the plain twin."""

    @property
    def visual(self) -> bool:
        """Whether it is observed through pixels."""
        return self.kind == "visual"

    @property
    def plain(self) -> bool:
        """Whether it is a task observed by its state, with nobody else in it."""
        return self.kind == "plain"

    @property
    def has_user(self) -> bool:
        """Whether a user acts in it, whom an agent helps."""
        return self.kind == "residual"

    def seen(self, env_id: str) -> Entry:
        """The twin that is observed through pixels."""
        options = {**self.options, "pixels": {}}
        return replace(self, id=env_id, doc=f"{self.doc} From pixels.", options=options, kind="visual", base=self.id)

    def helped(self, env_id: str) -> Entry:
        """The twin with a user in it."""
        return replace(
            self,
            id=env_id,
            task=RESIDUAL,
            horizon=None,
            doc=f"{self.doc} A user means to; the agent corrects.",
            options={"base": self.id},
            baseline=f"hand-envs run agents.ppo_gail --env {env_id}",
            kind="residual",
            base=self.id,
        )

    def make_task(self, **changes: Any) -> Task:
        """The task as the id has it, with changes of its options."""
        own = {name: value for name, value in self.options.items() if name != "pixels"}
        return load_task(self.task, {**own, **changes})

    def register(self) -> None:
        """Tell Gymnasium."""
        gym.register(
            id=self.id,
            entry_point=ENTRY_POINT,
            vector_entry_point=VECTOR_ENTRY_POINT,
            max_episode_steps=self.horizon,
            kwargs={"task": self.task, **self.options},
        )
