"""Going somewhere and having arrived, through the limiter like everything else."""

from __future__ import annotations

import numpy as np

from hand_envs.errors import FaultError, HardwareError
from hand_envs.hands.limiter import ARM
from hand_envs.hardware.arm import StillArm
from hand_envs.hardware.driver import HandDriver

Array = np.ndarray

NEAR = (*[0.01] * 3, *[0.05] * 3, 0.15)
"""Where a hand has arrived: m, rad of the arm, rad of a motor; strings and springs leave it short of its target."""
SLACK = 3.0
"""s beyond what the way takes at full speed."""
MOST = 30.0
"""s"""


def go(driver: HandDriver, targets: Array) -> None:
    """Bring arm and hand to targets (6 + motors,), and wait until they are there."""
    arm, motors = len(ARM), len(driver.profile.motors)
    near = np.array([*NEAR[:arm], *[NEAR[arm]] * motors])
    targets = np.clip(targets, driver.limits.low, driver.limits.high)
    if isinstance(driver.arm, StillArm):
        targets[:arm] = driver.sent[:arm]
    way = np.abs(targets - driver.sent) / driver.limits.speed
    for _ in range(round(min(float(way.max()) + SLACK, MOST) / driver.settings.period)):
        driver.step(targets)
        if driver.fault is not None:
            raise FaultError(f"The hand has stopped on its way: {driver.fault}.")
        beyond = np.abs(driver.sensed.positions - targets) > near
        if np.allclose(driver.sent, targets, atol=0.01) and not beyond.any():
            return
    name = driver.names[int(np.argmax(np.abs(driver.sensed.positions - targets) / near))]
    raise HardwareError(
        f"The hand does not get where it is to be: look at {name}, and whether something is in the way."
    )
