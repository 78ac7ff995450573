"""What it takes to write a task, under one name: `from hand_envs.task import Task`."""

from hand_envs.core.options import one_of
from hand_envs.core.task import Array, Parts, Task, Variation, load_task, options_of

__all__ = ["Array", "Parts", "Task", "Variation", "load_task", "one_of", "options_of"]
