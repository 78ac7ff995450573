"""Demonstrations by trajectory optimisation: smooth motions that hold up to an unsteady hand."""
