"""Demonstrations, and readers and writers of the formats they come in."""

from hand_envs.datasets.demonstrations import Demonstration, Demonstrations
from hand_envs.datasets.formats.dapg import read_dapg
from hand_envs.datasets.formats.dexmv import read_dexmv
from hand_envs.datasets.formats.minari import read_minari
from hand_envs.datasets.formats.minari_writing import write_minari
from hand_envs.datasets.inverse import recover_actions
from hand_envs.datasets.load import load

__all__ = [
    "Demonstration",
    "Demonstrations",
    "load",
    "read_dapg",
    "read_dexmv",
    "read_minari",
    "recover_actions",
    "write_minari",
]
