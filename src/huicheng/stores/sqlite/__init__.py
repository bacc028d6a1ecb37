"""The embedded store: SQLite by apsw, one writer thread, many readers."""
