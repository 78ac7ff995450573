"""The two Gymnasium faces of an `Episode`."""
