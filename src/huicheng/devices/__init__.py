"""The register of what senses the city: what stands where, whose it is, and where nothing does (W1.1, W1.4, G2).

* ``standing``: ``standing(reader, place, metres, senses) -> list[Standing]``: is there one already?
* ``coverage``: ``coverage(reader, grid, senses) -> Coverage``: which cells of the grid have one that works
"""
