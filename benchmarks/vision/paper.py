"""The paper's tasks, and what its text says in numbers; its curves and tables are pictures."""

from __future__ import annotations

TASKS = (
    *("door", "hammer", "pen", "pour", "place-inside"),
    *("relocate-foam-brick", "relocate-large-clamp", "relocate-mug", "relocate-mustard-bottle"),
    *("relocate-potted-meat-can", "relocate-sugar-box", "relocate-tomato-soup-can"),
)
"""By the names that files call them."""

GAINS = {"vc1": 0.168, "rrl": 0.254}
"""What H-InDex gains in return over these, as a share of the highest, mean of the tasks."""

MOMENTA = (0.0, 0.1, 0.01, 0.001)
"""Of Fig. 6b, of which the paper chooses one a task."""
