"""A maker of hand-object sequences in F-PHAB's layout: grasps planned in physics, then a person's hand fitted to them.

`python -m agents.planner.captures --action pour_juice_bottle --out FOLDER`. All of it is synthetic. What the planner's
hand was told to do is written nowhere: agents see only what a camera and its annotators would.
"""
