"""Indicators: versioned formulas over entities, runs of them, and the rows each run counted.

Django loads this package before its models can be, so the face is these modules:

* ``models``: ``Run``, ``RunRow``
* ``reading``: ``latest() -> list[Figure]``, ``run(id) -> RunReport``
* ``consumer``: ``IndicatorConsumer(platform).step()``
"""
