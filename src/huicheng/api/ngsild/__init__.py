"""NGSI-LD (ETSI GS CIM 009) over HTTP: see docs/reference/ngsild.md."""

from huicheng.api.ngsild.app import NgsiLd
from huicheng.api.ngsild.tools import Tools

__all__ = ["NgsiLd", "Tools"]
