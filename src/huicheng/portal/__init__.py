"""The citizens' door: report without an account, follow by number, the air nearby.

Django loads this package before its applications are ready; the addresses are in ``urls``.
"""
