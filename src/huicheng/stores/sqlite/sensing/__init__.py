"""SensorThings over the embedded store: sets of the state as views, in SQLite's words."""
