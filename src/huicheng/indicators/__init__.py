"""Indicators and evaluation: versioned formulas, runs of them, and the rows each run counted.

Django loads this package before its models can be, so the face is these modules:

* ``models``: ``Run``, ``RunRow``, ``CaseFact``, ``ActFact``, ``EvaluationRun``, ``Adjustment``, ``Bulletin``
* ``reading``: ``latest() -> list[Figure]``, ``run(id) -> RunReport``
* ``consumer``: ``IndicatorConsumer(platform).step()``
* ``fact_consumer``: ``FactConsumer(platform).step()``, ``.rebuild()``
* ``declared``: ``schemes() -> dict[str, Declared]``
* ``evaluation``: ``question_of``, ``count``, ``keep``, ``opened``, ``behind``
"""
