"""A hand of servos on a wire: its protocol, the one owner of its bus, and a bus that is emulated."""
