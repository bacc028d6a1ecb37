-- How far files that grow have been read (see huicheng.ingest.growing). Committed with the rows themselves.
CREATE TABLE followed (
  path TEXT NOT NULL,                                 -- absolute
  source TEXT NOT NULL,                               -- pack/source
  identity TEXT NOT NULL,                             -- device and inode: another file of this name is another file
  head TEXT NOT NULL,                                 -- SHA-256 of its beginning: a file written anew is another file
  head_bytes INTEGER NOT NULL,
  bytes INTEGER NOT NULL,                             -- whole rows read so far
  lines INTEGER NOT NULL,
  reject_bytes INTEGER NOT NULL,                      -- length of the reject file that belongs to them
  PRIMARY KEY (path, source)
) STRICT, WITHOUT ROWID;
