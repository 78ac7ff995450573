"""Send the hand that an OpenXR headset sees, from a page in its own browser, to `hand-envs play`.

python docs/examples/send_webxr.py
adb reverse tcp:8765 tcp:8765    # the headset, by its cable, then finds this machine as localhost
...and open http://localhost:8765 in the headset's browser.

Browsers give hands to pages of localhost or HTTPS alone; the cable makes it localhost. The page (send_webxr.html) posts
each frame's 25 joints as JSON, which this relays as a packet. An OpenXR application of your own needs no page: give its
26 joints to `frame_of(joints @ Y_UP.T, number, side, "openxr")`.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from hand_envs.live.packet import Frame
from hand_envs.live.sending import Y_UP, Sender, frame_of
from hand_envs.live.sources import DEFAULT

PAGE = Path(__file__).with_suffix(".html")
MOST = 16_384
"""Bytes of a post; 25 joints are about 2,000."""


@dataclass(frozen=True)
class Options:
    """Where the page is, and where frames go."""

    port: int = 8765
    to: str = DEFAULT
    side: str = "right"


def frame_from(posted: bytes, side: str) -> Frame | None:
    """The frame of what the page posted; None if that is not about this hand, or nothing the page would post."""
    try:
        told = json.loads(posted)
        if told["side"] != side:
            return None
        number, at = int(told["sequence"]), float(told["time"]) / 1000
        if not told["tracked"]:
            return Frame(np.zeros((25, 3)), np.zeros(7), at, number, side, "webxr", tracked=False, wrist_known=False)
        joints = np.array(told["joints"], np.float64).reshape(25, 3)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    if not np.isfinite([*joints.ravel(), at]).all():
        return None
    return frame_of(joints @ Y_UP.T, number, side, "webxr", time=at)


def server(options: Options, send: Any) -> ThreadingHTTPServer:
    """Serves the page and relays what it posts. Loopback only."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, PAGE.read_bytes())

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            ours = self.headers.get("Host", "").partition(":")[0] in ("localhost", "127.0.0.1")
            if not ours or not 0 < length <= MOST or self.headers.get("Content-Type") != "application/json":
                self._answer(400, b"")
                return
            if (frame := frame_from(self.rfile.read(length), options.side)) is not None:
                send(frame)
            self._answer(204, b"")

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing: the server's own is a line for every frame."""

    return ThreadingHTTPServer(("127.0.0.1", options.port), Handler)


def main(options: Options) -> None:
    """Serve until Ctrl+C."""
    with Sender(options.to) as send, server(options, send) as serving:
        print(f"Open http://localhost:{options.port} in the headset, after adb reverse as above.")
        began = time.time()
        try:
            serving.serve_forever()
        finally:
            print(f"Stopped after {time.time() - began:.0f} s.")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(tyro.cli(Options))
