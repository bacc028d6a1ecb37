"""One synthetic population, shared by packs: ``read_population(<data>/demo/population)`` (N1, W2.1).

Buildings, households, residents and enterprises of one seed, each referring to the others by id. Residents and
households lie in Parquet only and are never entities; buildings and enterprises are both. Nobody in it exists: see
:mod:`huicheng.simulation.population.codes`.
"""

from huicheng.simulation.population.keeping import is_written, public_things, read_population, write_population
from huicheng.simulation.population.making import Ground, make
from huicheng.simulation.population.people import Building, Enterprise, Household, Population, Resident, Sizes

__all__ = [
    "Building",
    "Enterprise",
    "Ground",
    "Household",
    "Population",
    "Resident",
    "Sizes",
    "is_written",
    "make",
    "public_things",
    "read_population",
    "write_population",
]
