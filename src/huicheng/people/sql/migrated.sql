SELECT pg_advisory_unlock(hashtext('huicheng/people'), hashtext('migrate'))
