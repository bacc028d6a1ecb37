-- JSON-LD @contexts that are kept here, and entities of several types.

CREATE TABLE jsonld_context (
  id text COLLATE "C" PRIMARY KEY,
  url text COLLATE "C" UNIQUE,    -- where a cached one came from; NULL: it is at home here
  kind text NOT NULL,             -- Hosted, Cached, ImplicitlyCreated
  body text NOT NULL,             -- the document, with its member @context
  created_at bigint NOT NULL      -- µs since 1970
);

-- Entities of several types stand under one of them; which ones that may be. Never shrinks.
CREATE TABLE leading_type (
  type text COLLATE "C" NOT NULL,
  further text COLLATE "C" NOT NULL,
  PRIMARY KEY (type, further)
);
