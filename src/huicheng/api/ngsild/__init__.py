"""NGSI-LD (ETSI GS CIM 009) over HTTP: see docs/reference/ngsild.md."""

from huicheng.api.ngsild.app import NgsiLd, routes_of
from huicheng.api.ngsild.tenants import Tenancy, Tenants
from huicheng.api.ngsild.tools import Tools

__all__ = ["NgsiLd", "Tenancy", "Tenants", "Tools", "routes_of"]
