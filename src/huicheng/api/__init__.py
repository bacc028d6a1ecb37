"""Doors for programs: NGSI-LD, events, health. Raw ASGI: parse, call, render."""

from huicheng.api.doors import DataDoors, data_doors, key_of
from huicheng.api.faults import UnknownKey
from huicheng.api.http import App, Authenticate, Scope
from huicheng.api.ngsild import Tenancy

__all__ = ["App", "Authenticate", "DataDoors", "Scope", "Tenancy", "UnknownKey", "data_doors", "key_of"]
