"""慧城 Huicheng: the operating platform of a smart city, from signal to solved, with evidence."""

__version__ = "0.1.0"
