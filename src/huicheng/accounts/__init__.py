"""People and their units: sign-in, roles, and contacts kept apart under an opaque subject.

Django loads this package before its models can be, so the face is these modules (importable once
``django.setup()`` has run):

* ``models``: ``Account``, ``Unit``
* ``roles``: ``ROLES``, ``check_roles`` (needs no Django)
* ``subjects``: ``subject_of(user)``, ``subject_of_session(key)``, ``names_of(subjects)``
* ``signing_in``: ``sign_in(request, username, password)``
* ``attempts``: ``spend(limits)``, ``give_back``
* ``contacts``: ``Contacts(data).keep(contact)``
* ``units``: ``seed_units``, ``unit_names()``, ``units_below(code)``, ``line_above(code)``, ``has_officers(code)``
* ``absences``: ``declare(…)``, ``end(absence, by)``, ``absent_for(deputy)``
* ``demo``: ``create_demo_accounts()``
"""
