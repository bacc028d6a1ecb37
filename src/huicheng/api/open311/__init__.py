"""Open311 GeoReport v2 (http://wiki.open311.org/GeoReport_v2) in JSON and XML under ``/open311/v2/``.

A door: it translates and owns nothing. Services are the public categories of the packs, service
requests are cases, and both are read through the policies like everywhere else (W4.1, Q2). Django
loads it with the pages; the addresses are in ``urls``. See docs/reference/open311.md.
"""
