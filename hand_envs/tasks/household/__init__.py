"""Six household tasks for a robot hand on an arm, after DEFT."""
