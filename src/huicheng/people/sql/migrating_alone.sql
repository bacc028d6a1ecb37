-- Until it is let go of: one process makes the schema and migrates.
SELECT pg_advisory_lock(hashtext('huicheng/people'), hashtext('migrate'))
