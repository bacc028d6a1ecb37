"""Built-in packs: one folder a domain, data only."""
