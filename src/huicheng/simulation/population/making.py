"""A population out of a seed: houses around the middle of the district, households in them, companies, who works where.

Shares are examples in round figures, not statistics of the district.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from huicheng.city import Division, Grid
from huicheng.simulation.placement import Place, metres
from huicheng.simulation.population.codes import credit_code, identity_code
from huicheng.simulation.population.people import Building, Enterprise, Household, Population, Resident, Sizes

#: Middle of the example town, and how far houses stray from it, in degrees.
_MIDDLE, _STRAY = (109.19, 27.722), (0.022, 0.017)
#: Use → share, highest number of floors.
_USES = {"residential": (0.72, 18), "commercial": (0.16, 12), "industrial": (0.07, 4), "public": (0.05, 6)}
#: People in a household → share.
_TOGETHER = {1: 0.22, 2: 0.3, 3: 0.24, 4: 0.14, 5: 0.07, 6: 0.03}
#: Section of GB/T 4754 → trade in a name, share.
_TRADES = {
    "C": ("制造", 0.14),
    "E": ("建筑", 0.1),
    "F": ("商贸", 0.34),
    "G": ("物流", 0.07),
    "H": ("餐饮", 0.14),
    "I": ("信息技术", 0.07),
    "L": ("商务服务", 0.14),
}
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗田龙"
_GIVEN = "明华建国秀英丽娟伟芳强敏静勇艳杰涛磊洋霞平刚桂玉文辉玲"
_MARK = "（模拟）"
_ADULT, _RETIRED = 20, 60
_WORKING = 0.72


class Ground(NamedTuple):
    """What a population stands on."""

    communities: Sequence[Division]
    #: Without it, anywhere near the middle is inside.
    grid: Grid | None
    #: Ages are reckoned from this day.
    today: date


def make(sizes: Sizes, seed: int, ground: Ground) -> Population:
    """The same sizes, seed and ground give the same population, to the last digit."""
    chance = random.Random(f"population:{seed}")  # noqa: S311 - examples, which shall come again
    buildings = _buildings(sizes.buildings, chance, ground)
    households = _households(sizes.households, chance, _of(buildings, "residential"))
    enterprises = _enterprises(sizes.enterprises, chance, ground, _of(buildings, "commercial", "industrial"))
    residents = _residents(households, enterprises, chance, ground.today)
    return Population(buildings=buildings, households=households, residents=residents, enterprises=enterprises)


def _of(buildings: Sequence[Building], *uses: str) -> list[Building]:
    return [one for one in buildings if one.category in uses]


def _drawn(chance: random.Random, shares: dict[str, float]) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]


# -- houses


def _buildings(count: int, chance: random.Random, ground: Ground) -> tuple[Building, ...]:
    seats = [(_near(chance), one) for one in ground.communities]
    uses = {use: share for use, (share, _) in _USES.items()}
    found = []
    for number in range(1, count + 1):
        place, cell = _inside(chance, ground.grid)
        community = min(seats, key=lambda seat: metres(seat[0], place))[1]
        # The first of each use stands for sure, so that small towns have all of them.
        use = list(_USES)[number - 1] if number <= len(_USES) else _drawn(chance, uses)
        found.append(
            Building(
                id=f"b{number:05}",
                name=f"{community.name}{number}号楼{_MARK}",
                address=f"{community.name}{number}号{_MARK}",
                category=use,
                floors=chance.randint(1, _USES[use][1]),
                longitude=place[0],
                latitude=place[1],
                division=community.code,
                grid=cell,
            )
        )
    return tuple(found)


def _near(chance: random.Random) -> Place:
    return round(chance.gauss(_MIDDLE[0], _STRAY[0]), 6), round(chance.gauss(_MIDDLE[1], _STRAY[1]), 6)


def _inside(chance: random.Random, grid: Grid | None) -> tuple[Place, str]:
    """A place in the district, and the cell that it lies in."""
    while True:
        place = _near(chance)
        if grid is None:
            return place, ""
        cell = grid.cell_of(*place)
        if cell is not None:
            return place, cell.code


# -- people


def _households(count: int, chance: random.Random, homes: Sequence[Building]) -> tuple[Household, ...]:
    found = []
    for number in range(1, count + 1):
        home = chance.choices(homes, [one.floors for one in homes])[0]
        found.append(
            Household(
                id=f"h{number:06}",
                building=home.id,
                floor=chance.randint(1, home.floors),
                door=chance.randint(1, 6),
                income=int(chance.lognormvariate(11.0, 0.6)),
            )
        )
    return tuple(found)


def _residents(
    households: Sequence[Household], enterprises: Sequence[Enterprise], chance: random.Random, today: date
) -> tuple[Resident, ...]:
    found: list[Resident] = []
    taken: dict[date, int] = {}
    for household in households:
        size = int(_drawn(chance, {str(number): share for number, share in _TOGETHER.items()}))
        surname = chance.choice(_SURNAMES)
        head = chance.randint(24, 85)
        for place, age in _ages(size, head, chance):
            birth = today - timedelta(days=age * 365 + chance.randint(0, 364))
            taken[birth] = taken.get(birth, -1) + 1
            female = chance.random() < 0.5
            found.append(
                Resident(
                    id=f"r{len(found) + 1:06}",
                    household=household.id,
                    name=_name(surname if place != "partner" else chance.choice(_SURNAMES), chance),
                    female=female,
                    birth=birth,
                    identity=identity_code(birth, taken[birth], female=female),
                    place=place,
                    employer=_employer(age, enterprises, chance),
                )
            )
    return tuple(found)


def _ages(size: int, head: int, chance: random.Random) -> list[tuple[str, int]]:
    """Place in the household and age of each, the head first."""
    members: list[tuple[str, Callable[[], int]]] = [
        ("head", lambda: head),
        ("partner", lambda: max(_ADULT, head + chance.randint(-6, 6))),
        ("child", lambda: max(0, head - chance.randint(22, 38))),
        ("child", lambda: max(0, head - chance.randint(24, 42))),
        ("parent", lambda: min(99, head + chance.randint(22, 32))),
        ("other", lambda: chance.randint(1, 80)),
    ]
    return [(place, age()) for place, age in members[:size]]


def _name(surname: str, chance: random.Random) -> str:
    return surname + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2)))) + _MARK


def _employer(age: int, enterprises: Sequence[Enterprise], chance: random.Random) -> str:
    if not _ADULT <= age < _RETIRED or not enterprises or chance.random() > _WORKING:
        return ""
    return chance.choice(enterprises).id


# -- companies


def _enterprises(
    count: int, chance: random.Random, ground: Ground, houses: Sequence[Building]
) -> tuple[Enterprise, ...]:
    trades = {section: share for section, (_, share) in _TRADES.items()}
    found = []
    for number in range(1, count + 1):
        section = _drawn(chance, trades)
        found.append(
            Enterprise(
                id=f"e{number:05}",
                name=f"铜仁{''.join(chance.choices(_GIVEN, k=2))}{_TRADES[section][0]}有限公司{number}{_MARK}",
                credit=credit_code(number),
                industry=section,
                founded=ground.today - timedelta(days=chance.randint(60, 9_000)),
                building=chance.choice(houses).id,
            )
        )
    return tuple(found)
