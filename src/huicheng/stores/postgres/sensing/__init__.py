"""SensorThings over PostgreSQL: sets of the state as views, in PostgreSQL's words."""
