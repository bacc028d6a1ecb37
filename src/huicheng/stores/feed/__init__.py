"""The feed, whatever engine keeps its rows: their bodies, and what their readers remember."""
