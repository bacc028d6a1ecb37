"""A city with every data door."""

from doors import in_city

__all__ = ["in_city"]
