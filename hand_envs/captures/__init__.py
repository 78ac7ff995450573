"""Recorded hands and what they handled: F-PHAB's sequences, made ones in the same layout, and a user's own."""

from hand_envs.captures.capture import KINDS, SPLITS, Capture, Captures

__all__ = ["KINDS", "SPLITS", "Capture", "Captures"]
