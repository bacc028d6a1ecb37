"""``make bench``: the figures of this installation, each beside its raw limit of the same run.

Every figure asserts that the work was really done; see docs/reference/bench.md.
"""
