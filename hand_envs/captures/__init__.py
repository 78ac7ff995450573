"""Recorded hands and what they handled: F-PHAB's sequences, made ones in the same layout, and a user's own."""

from hand_envs.captures.capture import KINDS, SPLITS, Capture, Captures
from hand_envs.captures.files import read_captures, write_captures
from hand_envs.captures.fphab import read_fphab
from hand_envs.captures.fphab_writing import write_fphab

__all__ = ["KINDS", "SPLITS", "Capture", "Captures", "read_captures", "read_fphab", "write_captures", "write_fphab"]
