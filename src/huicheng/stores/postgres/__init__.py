"""The store on PostgreSQL and PostGIS: asyncpg, several processes that write, one feed that all read in one order."""
