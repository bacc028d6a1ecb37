/** What the shared connection and the pages say to each other. */

/** Something changed in the city. Its state is read by id, through the reader's own policies. */
export interface Changed {
  kind: "changed";
  /** Entity type, e.g. `Alert`. */
  type: string;
  id: string;
}

/** The connection itself. */
export interface Link {
  kind: "link";
  state: "live" | "lost";
}

export type Message = Changed | Link;
