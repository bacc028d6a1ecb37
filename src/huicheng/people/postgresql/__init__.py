"""Django's PostgreSQL, one writer of people at a time (``base``, by the name that Django looks for)."""
