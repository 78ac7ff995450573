"""A window for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hand_envs.errors import RenderingError
from hand_envs.rendering.camera import has_display

if TYPE_CHECKING:
    from hand_envs.core.simulation import Simulation


class Window:
    """MuJoCo's interactive viewer on one simulation."""

    def __init__(self, sim: Simulation) -> None:
        import mujoco.viewer

        self.sim = sim
        self.model, self.data = mujoco.MjModel.__copy__(sim.model), mujoco.MjData(sim.model)
        if sys.platform.startswith("linux") and not has_display():
            raise RenderingError("render_mode='human' opens a window and needs a display. Use 'rgb_array' without one.")
        try:
            self._viewer = mujoco.viewer.launch_passive(self.model, self.data, show_left_ui=False, show_right_ui=False)
        except RuntimeError as error:
            raise RenderingError(f"No window could be opened: {error}") from error

    @property
    def is_open(self) -> bool:
        """Whether the person has not closed it."""
        return bool(self._viewer.is_running())

    def show(self, index: int) -> None:
        """Show simulation `index` as it is now."""
        if self.is_open:
            with self._viewer.lock():
                self.sim.materialize(index, self.model, self.data)
            self._viewer.sync()

    def close(self) -> None:
        """Close the window."""
        self._viewer.close()
