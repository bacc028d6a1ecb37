"""The database of the people half: ``people.db``, or the schema ``people`` of the PostgreSQL database that is set.

* ``setting.database(data, url)``: Django's setting for it; ``setting.exists``: whether there is an installation
* ``migrating.migrate()``: bring it to this program's version; ``EngineSQL``: SQL of a migration, a file for each engine
* ``text_index.TextIndex``: a full-text index beside the rows of a model
* ``threads.give_back()``: after a piece of work in a thread that lives on

Nothing is imported here: Django's settings read ``setting`` before Django stands.
"""
