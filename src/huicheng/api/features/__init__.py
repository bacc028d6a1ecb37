"""OGC API – Features (OGC 17-069r4), filters (19-079r2, 21-065r2) and vector tiles (20-057) over the same entities.

See docs/reference/features-api.md.
"""

from huicheng.api.features.app import Features

__all__ = ["Features"]
