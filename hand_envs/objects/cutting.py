"""A program that cuts a mesh into convex pieces: `python cutting.py MESH.npz PIECES.npz`.

It runs in a process of its own, since the library cannot be stopped and some meshes keep it busy for minutes; so it
imports nothing of the suite.
"""

from __future__ import annotations

import sys

import numpy as np


def main(source: str, target: str) -> None:
    """Cut the mesh in one file, and write the corners of the pieces to another."""
    import coacd

    with np.load(source, allow_pickle=False) as mesh:
        points, faces = mesh["points"], mesh["faces"]
        concavity, most_pieces, most_corners = (mesh[name].item() for name in ("concavity", "pieces", "corners"))
    coacd.set_log_level("error")
    parts = coacd.run_coacd(
        coacd.Mesh(points, faces),
        threshold=concavity,
        max_convex_hull=most_pieces,
        decimate=True,
        max_ch_vertex=most_corners,
        seed=0,
    )
    hulls = {f"piece{number}": np.asarray(corners, np.float64) for number, (corners, _) in enumerate(parts)}
    np.savez(target, allow_pickle=False, **hulls)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(*sys.argv[1:])
