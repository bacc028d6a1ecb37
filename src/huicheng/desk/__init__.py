"""The officers' door: inbox and cases, evidence, indicators, the operations centre, administration.

Django loads this package before its applications are ready; the addresses are in ``urls``.
Every module is a page or a part of one: it parses, calls a room's face, renders.
"""
