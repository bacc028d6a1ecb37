"""What a map of many things needs: layers as columns, their changes as they come, and their past.

``/operations/layers/``, ``/operations/stream``, ``/operations/replay``; see docs/reference/operations.md.
"""

from huicheng.api.layers.app import LayerDoors

__all__ = ["LayerDoors"]
