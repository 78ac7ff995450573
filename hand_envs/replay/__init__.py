"""Demonstrations at work in an environment: recorded, played back, checked, pictured."""

from hand_envs.replay.check import Check, check
from hand_envs.replay.pictures import Pictured, pictured
from hand_envs.replay.play import make_env, play, start
from hand_envs.replay.record import record
from hand_envs.replay.replay import replay

__all__ = ["Check", "Pictured", "check", "make_env", "pictured", "play", "record", "replay", "start"]
