"""Doors for programs: NGSI-LD, events, health. Raw ASGI: parse, call, render."""

from huicheng.api.doors import DataDoors, data_doors, key_of
from huicheng.api.faults import UnknownKey
from huicheng.api.http import App, Authenticate, Scope
from huicheng.api.ngsild import Tenancy
from huicheng.api.origins import shared
from huicheng.api.sensorthings.mqtt import Arriving, Endpoints, Teller, declared
from huicheng.api.sensorthings.naming import naming_of
from huicheng.api.sensorthings.tools import Tools as SensorThingsTools

__all__ = [
    "App",
    "Arriving",
    "Authenticate",
    "DataDoors",
    "Endpoints",
    "Scope",
    "SensorThingsTools",
    "Teller",
    "Tenancy",
    "UnknownKey",
    "data_doors",
    "declared",
    "key_of",
    "naming_of",
    "shared",
]
