-- How far files that grow have been read (see huicheng.ingest.growing). Committed with the rows themselves.
CREATE TABLE followed (
  path text NOT NULL,                                 -- absolute
  source text NOT NULL,                               -- pack/source
  identity text NOT NULL,                             -- device and inode: another file of this name is another file
  head text NOT NULL,                                 -- SHA-256 of its beginning: a file written anew is another file
  head_bytes bigint NOT NULL,
  bytes bigint NOT NULL,                              -- whole rows read so far
  lines bigint NOT NULL,
  reject_bytes bigint NOT NULL,                       -- length of the reject file that belongs to them
  PRIMARY KEY (path, source)
);
