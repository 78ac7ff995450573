"""Demonstrations at work in an environment: recorded, played back, checked."""

from hand_envs.replay.check import Check, check
from hand_envs.replay.play import make_env, play, start
from hand_envs.replay.record import record
from hand_envs.replay.replay import replay

__all__ = ["Check", "check", "make_env", "play", "record", "replay", "start"]
