"""What the profile of a hand is made of: servos, motors, joints, fingers and a palm, each read from its table.

Lengths are in m, angles in rad, masses in kg; the axes are the palm's: x along the fingers, y to the thumb, z to the
back of the hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from hand_envs.hands.toml_table import Table

FINGERS = ("index", "middle", "ring", "little", "thumb")
TURNS = ("side", "bend")

Color = tuple[float, ...]
Triple = tuple[float, ...]

_TURN = 6.2832  # rad
_LENGTH = 0.5  # m, more than any part of a hand has


@dataclass(frozen=True)
class Servos:
    """What all motors of a hand have in common.

    Attributes:
        model: what is printed on them.
        number: what they answer to a ping.
        baud: of their bus.
        voltage: outside of which nothing is moved (V).
        temperature: at which to stop (degrees C).
        torque: N m for each ampere.
        gain, damping, armature: of the twin's servos (N m/rad, N m s/rad, kg m^2).
    """

    model: str
    number: int
    baud: int
    voltage: tuple[float, float]
    temperature: float
    torque: float
    gain: float
    damping: float
    armature: float


@dataclass(frozen=True)
class Motor:
    """One servo. Angles are the hand's own: 0 is flat, closing is positive; its shaft stands at zero + sign * angle.

    Attributes:
        name: of its actuator.
        id: on the bus.
        sign: 1, or -1 where the shaft turns the other way.
        low, high: of its angle (rad).
        zero: where the shaft stands while the angle is 0 (rad).
        current: the most it is given (mA).
        speed: the most it is told (rad/s).
        open, closed: its angle in the open hand, and in one closed about a cup (rad).
        pulls: whether it has one string, which can only close.
    """

    name: str
    id: int
    sign: int
    low: float
    high: float
    zero: float
    current: int
    speed: float
    open: float
    closed: float
    pulls: bool


@dataclass(frozen=True)
class Joint:
    """One hinge, from the palm to the tip.

    Attributes:
        name: of the joint.
        finger: which it is in.
        link: what it carries: 0, 1 or 2.
        turns: "side" or "bend".
        motor: the name of what moves it.
        ratio: rad for each rad of its motor, while nothing is touched.
        low, high: where it stops (rad).
        stiffness, damping: of its flexure (N m/rad, N m s/rad).
    """

    name: str
    finger: str
    link: int
    turns: str
    motor: str
    ratio: float
    low: float
    high: float
    stiffness: float
    damping: float


@dataclass(frozen=True)
class Finger:
    """One of the five, straight at angles of 0. One that is absent stands still, in the 21 keypoints alone.

    Attributes:
        name: of `FINGERS`.
        base: where it starts.
        points: the direction of the straight finger.
        bends: where its tip goes as it closes; at a right angle to `points`.
        links: lengths.
        radii, masses: of the links; empty where it is absent.
        absent: whether the hand does not have it.
    """

    name: str
    base: Triple
    points: Triple
    bends: Triple
    links: Triple
    radii: Triple
    masses: Triple
    absent: bool


@dataclass(frozen=True)
class Box:
    """A box of the palm: its middle, its size along each axis, and its color."""

    at: Triple
    size: Triple
    color: Color


@dataclass(frozen=True)
class Palm:
    """What the fingers stand on.

    Attributes:
        mass: of all of it.
        friction: of palm and fingers on whatever they touch.
        grasp: where the axis of a cup lies that is held.
        boxes: what touches.
        decor: what is only seen.
        color, pad: of the fingers and of their tips.
    """

    mass: float
    friction: float
    grasp: Triple
    boxes: tuple[Box, ...]
    decor: tuple[Box, ...]
    color: Color
    pad: Color


def read_servos(table: Table) -> Servos:
    """From the table `servos`."""
    servos = Servos(
        model=table.text("model"),
        number=table.whole("number", 0, 65535),
        baud=table.whole("baud", 9600, 4_500_000),
        voltage=table.interval("voltage", 1.0, 50.0),
        temperature=table.number("temperature", 20.0, 100.0),
        torque=table.number("torque", 0.01, 20.0),
        gain=table.number("gain", 0.1, 100.0),
        damping=table.number("damping", 0.0, 10.0),
        armature=table.number("armature", 1e-5, 0.1),
    )
    table.expect_no_more()
    return servos


def read_motor(row: Table) -> Motor:
    """From a row of `motors`."""
    low, high = row.interval("range", -_TURN, _TURN)
    motor = Motor(
        name=row.text("name"),
        id=row.whole("id", 0, 252),
        sign=row.sign("sign"),
        low=low,
        high=high,
        zero=row.number("zero", 0.0, _TURN),
        current=row.whole("current", 1, 5000),
        speed=row.number("speed", 0.01, 50.0),
        open=row.number("open", low, high),
        closed=row.number("closed", low, high),
        pulls=row.flag("pulls", False),
    )
    row.expect_no_more()
    return motor


def read_joint(row: Table) -> Joint:
    """From a row of `joints`."""
    low, high = row.interval("range", -_TURN, _TURN)
    joint = Joint(
        name=row.text("name"),
        finger=row.text("finger", FINGERS),
        link=row.whole("link", 0, 2),
        turns=row.text("turns", TURNS),
        motor=row.text("motor"),
        ratio=row.number("ratio", 0.05, 20.0),
        low=low,
        high=high,
        stiffness=row.number("stiffness", 0.0, 10.0),
        damping=row.number("damping", 0.0, 1.0),
    )
    row.expect_no_more()
    return joint


def read_finger(name: str, table: Table) -> Finger:
    """From the table `finger.<name>`."""
    absent = table.flag("absent", False)
    finger = Finger(
        name=name,
        base=table.numbers("base", 3, -_LENGTH, _LENGTH),
        points=table.numbers("points", 3, -1.0, 1.0),
        bends=table.numbers("bends", 3, -1.0, 1.0),
        links=table.numbers("links", 3, 0.005, _LENGTH),
        radii=() if absent else table.numbers("radii", 3, 0.002, 0.05),
        masses=() if absent else table.numbers("masses", 3, 1e-3, 2.0),
        absent=absent,
    )
    table.expect_no_more()
    return finger


def read_palm(table: Table, fingers: Table) -> Palm:
    """From the tables `palm` and `fingers`."""
    palm = Palm(
        mass=table.number("mass", 0.01, 10.0),
        friction=table.number("friction", 0.01, 1.0),
        grasp=table.numbers("grasp", 3, -_LENGTH, _LENGTH),
        boxes=tuple(_box(row) for row in table.rows("boxes", 50)),
        decor=tuple(_box(row) for row in table.rows("decor", 100, [])),
        color=fingers.numbers("color", 3, 0.0, 1.0),
        pad=fingers.numbers("pad", 3, 0.0, 1.0),
    )
    table.expect_no_more()
    fingers.expect_no_more()
    return palm


def _box(row: Table) -> Box:
    box = Box(
        at=row.numbers("at", 3, -_LENGTH, _LENGTH),
        size=row.numbers("size", 3, 1e-3, _LENGTH),
        color=row.numbers("color", 3, 0.0, 1.0),
    )
    row.expect_no_more()
    return box
