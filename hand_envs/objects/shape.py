"""What an object is made of: convex pieces, and how heavy it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import mujoco
import numpy as np

from hand_envs.errors import OptionError

Array = np.ndarray
Vector = tuple[float, ...]

_DENSITY = 1000.0  # kg/m3; only shares of it count
KINDS = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    "hull": mujoco.mjtGeom.mjGEOM_MESH,
}


@dataclass(frozen=True)
class Piece:
    """A convex piece, in the object's frame (m).

    Attributes:
        kind: `box`, `cylinder`, `capsule` or `hull`.
        size: half lengths of a box; radius and half length of a cylinder or capsule, along its z; nothing for a hull.
        points: what a hull is the convex hull of, (n, 3).
    """

    kind: str
    size: Vector = ()
    pos: Vector = (0.0, 0.0, 0.0)
    quat: Vector = (1.0, 0.0, 0.0, 0.0)
    points: Array | None = None

    def scaled(self, scale: float) -> Piece:
        """The piece at `scale` of its size."""
        return replace(
            self,
            size=tuple(scale * length for length in self.size),
            pos=tuple(scale * length for length in self.pos),
            points=None if self.points is None else scale * self.points,
        )

    def add_to(self, body: mujoco.MjsBody, spec: mujoco.MjSpec, name: str, **settings: object) -> mujoco.MjsGeom:
        """Add its geom to a body."""
        if self.points is not None:
            mesh = spec.add_mesh(name=name, scale=(1.0, 1.0, 1.0))  # the hand's meshes are in millimetres
            mesh.uservert = np.asarray(self.points, dtype=np.float64).ravel()
            settings["meshname"] = name
        size = (*self.size, 0.0, 0.0, 0.0)[:3]
        return body.add_geom(name=name, type=KINDS[self.kind], size=size, pos=self.pos, quat=self.quat, **settings)


@dataclass(frozen=True)
class Weight:
    """Mass (kg), centre of mass (m) and principal moments of inertia (kg m2) about the axes `quat`."""

    mass: float
    inertia: Vector
    center: Vector = (0.0, 0.0, 0.0)
    quat: Vector = (1.0, 0.0, 0.0, 0.0)

    def scaled(self, scale: float) -> Weight:
        """That of a larger thing of the same matter."""
        return replace(
            self,
            mass=self.mass * scale**3,
            inertia=tuple(scale**5 * moment for moment in self.inertia),
            center=tuple(scale * length for length in self.center),
        )

    def give_to(self, body: mujoco.MjsBody) -> None:
        """Make a body as heavy, whatever its geoms are."""
        body.explicitinertial = True
        body.mass, body.inertia = self.mass, self.inertia
        body.ipos, body.iquat = self.center, self.quat


@dataclass(frozen=True)
class Shape:
    """An object at its natural size, in a frame of its own.

    Attributes:
        pieces: it is their union.
        mass: of the real thing (kg).
        upright: quaternion in which it stands on a table in a task.
        dexmv: how heavy it is in DexMV, where it counts twice and at a scale of 0.8; None if it is not there.
        measured: how the real mass is spread; None for evenly.
    """

    name: str
    pieces: tuple[Piece, ...]
    mass: float
    rgba: Vector = (0.8, 0.6, 0.3, 1.0)
    upright: Vector = (1.0, 0.0, 0.0, 0.0)
    dexmv: Weight | None = None
    measured: Weight | None = None

    def weight(self, kind: str = "real", scale: float = 1.0) -> Weight:
        """`real`: that of the real thing; `dexmv`: as there, for what is there."""
        if self.measured is not None:
            return self.measured.scaled(scale)
        even = _evenly_filled(self.pieces, self.mass).scaled(scale)
        if kind == "dexmv" and self.dexmv is not None:
            return replace(self.dexmv.scaled(scale / 0.8), center=even.center)
        return even

    def add_to(
        self, body: mujoco.MjsBody, spec: mujoco.MjSpec, scale: float = 1.0, prefix: str = "", **settings: object
    ) -> None:
        """Add its geoms to a body, massless: a `Weight` is given to the body."""
        settings = {"rgba": self.rgba, **settings}
        for number, piece in enumerate(self.pieces):
            piece.scaled(scale).add_to(body, spec, f"{prefix}{self.name}_{number}", mass=0.0, margin=0.0, **settings)

    def mirrored(self) -> Shape:
        """The shape as a mirror across its x-z plane has it."""
        pieces = tuple(
            replace(
                piece,
                pos=_across(piece.pos),
                quat=_turned_across(piece.quat),
                points=None if piece.points is None else piece.points * [1.0, -1.0, 1.0],
            )
            for piece in self.pieces
        )
        weight = self.measured and replace(
            self.measured, center=_across(self.measured.center), quat=_turned_across(self.measured.quat)
        )
        return replace(self, pieces=pieces, upright=_turned_across(self.upright), measured=weight, dexmv=None)

    def volume(self) -> float:
        """Of its pieces together (m3)."""
        return float(_alone(self.pieces).body_mass[1]) / _DENSITY

    def bounds(self, scale: float = 1.0) -> Array:
        """The lowest and highest corner of its bounding box (m), (2, 3)."""
        model = _alone(self.pieces)
        data = mujoco.MjData(model)
        mujoco.mj_kinematics(model, data)
        corners = np.concatenate([_corners(model, data, geom) for geom in range(model.ngeom)])
        return scale * np.stack([corners.min(axis=0), corners.max(axis=0)])


def _across(point: Vector) -> Vector:
    x, y, z = point
    return x, -y, z


def _turned_across(quat: Vector) -> Vector:
    """The turn M R M, where M mirrors y."""
    w, x, y, z = quat
    return w, -x, y, -z


def _alone(pieces: tuple[Piece, ...]) -> mujoco.MjModel:
    if not pieces:
        raise OptionError("An object needs at least one piece.")
    spec = mujoco.MjSpec()
    body = spec.worldbody.add_body(name="object")
    for number, piece in enumerate(pieces):
        piece.add_to(body, spec, f"piece{number}", density=_DENSITY)
    return spec.compile()


def _evenly_filled(pieces: tuple[Piece, ...], mass: float) -> Weight:
    model = _alone(pieces)
    share = mass / model.body_mass[1]
    return Weight(mass, tuple(share * model.body_inertia[1]), tuple(model.body_ipos[1]), tuple(model.body_iquat[1]))


def _corners(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> Array:
    """Points that span a geom's bounding box along the axes of its body."""
    rotation, size, kind = data.geom_xmat[geom].reshape(3, 3), model.geom_size[geom], model.geom_type[geom]
    if kind == mujoco.mjtGeom.mjGEOM_MESH:
        mesh = model.geom_dataid[geom]
        first = model.mesh_vertadr[mesh]
        points: Array = model.mesh_vert[first : first + model.mesh_vertnum[mesh]] @ rotation.T
    else:
        reach = np.abs(rotation) @ size if kind == mujoco.mjtGeom.mjGEOM_BOX else _round_reach(rotation, size, kind)
        points = np.stack([-reach, reach])
    return points + data.geom_xpos[geom]


def _round_reach(rotation: Array, size: Array, kind: int) -> Array:
    """How far a cylinder or capsule extends along each axis (m)."""
    along = np.abs(rotation[:, 2])
    radius, half = size[:2]
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return half * along + radius
    return half * along + radius * np.sqrt(np.maximum(0.0, 1.0 - along**2))
