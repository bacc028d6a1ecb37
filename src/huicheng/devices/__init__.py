"""The register of what senses the city: what stands where, whose it is, and where nothing does (W1.1, W1.4, G2).

* ``standing``: ``standing(reader, place, metres, senses) -> list[Standing]``: is there one already?
* ``finding``: ``find_devices(reader, wanted, page)``; ``health``: ``health(devices) -> {id: Health}``
* ``entering``: ``enter(store, types, devices, by)``, ``give_keys(store, ids, by)``; ``table``: ``read_table(lines)``
* ``broker_files``: ``write_files(folder, platform, devices)``; ``presence``: ``Presence.step()`` in the worker
* ``coverage``: ``coverage(reader, grid, senses) -> Coverage``: which cells of the grid have one that works
"""
