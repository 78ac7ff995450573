"""Hands from video: recorded hands and objects become physics that holds (Garcia-Hernando et al., experiment B)."""
