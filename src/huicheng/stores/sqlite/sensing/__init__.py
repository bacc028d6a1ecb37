"""SensorThings over the embedded store: sets of the state as views, observations from history."""
