"""Hand poses from depth images, as DeepPrior++ estimates them, and the place where any other estimator plugs in.

>>> from agents import estimator
>>> estimate = estimator.load()  # doctest: +SKIP
>>> points, features = estimate(depth, centres)  # doctest: +SKIP

`load` takes nothing for the one that comes with the suite, or a folder that `python -m agents.estimator` wrote, whose
content is never run, or the address `"package.module:factory"` of anything that makes an `Estimator`, which is imported
and called.
"""

from agents.estimator.protocol import Estimator, load

__all__ = ["Estimator", "load"]
