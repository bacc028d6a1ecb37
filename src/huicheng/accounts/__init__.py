"""People and their units: sign-in, roles, and contacts kept apart under an opaque subject.

Django loads this package before its models can be, so the face is these modules:

* ``models``: ``Account``, ``Unit``
* ``roles``: ``ROLES``, ``check_roles``
* ``subjects``: ``subject_of(user)``, ``subject_of_session(key)``, ``names_of(subjects)``
* ``signing_in``: ``sign_in(request, username, password)``
* ``contacts``: ``keep_contact``, ``read_contact``
* ``units``: ``seed_units(packs)``, ``unit_names()``
* ``demo``: ``create_demo_accounts(data)``
"""
