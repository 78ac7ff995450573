"""A person's hand, as it moves now: packets, recordings, and the user whom they make."""
