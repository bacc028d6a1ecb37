/** The past of one layer in the worker: what stood after each step, filled in as it comes. */
import { Table, type Columns, type Figure } from "./table";

export interface Frames {
  layer: string;
  first: number;
  counts: number[];
  index: number[];
  figure: Figure[];
  state: string;
  lon?: number[];
  lat?: number[];
  bearing?: (number | null)[];
}

/** A step of all things: what changed since the step before, as rows. */
interface Change {
  slots: Uint32Array;
  state: Uint8Array;
  figure: Figure[];
  lon: Float64Array | null;
  lat: Float64Array | null;
  bearing: Float32Array | null;
}

/** So often a whole step is kept, so that going back is short. */
const KEY = 24;

interface Whole {
  state: number[];
  figure: Figure[];
  longitude: number[];
  latitude: number[];
  bearing: number[] | null;
}

export class Film {
  readonly table: Table;
  /** The step that the table shows; -1 = before the first. */
  private shown = -1;
  private readonly changes: Change[] = [];
  private readonly wholes = new Map<number, Whole>();
  private readonly loading: Table;

  constructor(start: Columns) {
    this.table = Table.of(start);
    this.loading = Table.of(start);
    this.wholes.set(-1, whole(this.loading));
  }

  get steps(): number {
    return this.changes.length;
  }

  /** Frames of a stretch of time; how many things are troubled (warning or worse) after each of its steps. */
  take(frames: Frames): number[] {
    let from = 0;
    return frames.counts.map((count, n) => {
      const change = cut(frames, from, from + count);
      from += count;
      this.changes[frames.first + n] = change;
      apply(this.loading, change);
      if ((frames.first + n) % KEY === 0) this.wholes.set(frames.first + n, whole(this.loading));
      return this.loading.state.filter((state) => state > 2).length;
    });
  }

  /** The table as it stood after a step; which slots differ from what it showed, `null` = perhaps all. */
  seek(step: number): Uint32Array | null {
    const to = Math.min(step, this.steps - 1);
    if (to === this.shown + 1 && this.changes[to]) {
      this.shown = to;
      apply(this.table, this.changes[to]!);
      return this.changes[to]!.slots;
    }
    let at = to;
    while (!this.wholes.has(at)) at--;
    restore(this.table, this.wholes.get(at)!);
    for (let n = at + 1; n <= to; n++) apply(this.table, this.changes[n]!);
    this.shown = to;
    return null;
  }
}

function cut(frames: Frames, from: number, to: number): Change {
  const part = <T>(column: T[] | undefined): T[] | null => (column?.length ? column.slice(from, to) : null);
  const state = new Uint8Array(to - from);
  for (let row = from; row < to; row++) state[row - from] = frames.state.charCodeAt(row) - 48;
  const [lon, lat, bearing] = [part(frames.lon), part(frames.lat), part(frames.bearing)];
  return {
    slots: Uint32Array.from(frames.index.slice(from, to)),
    state,
    figure: frames.figure.slice(from, to),
    lon: lon && Float64Array.from(lon),
    lat: lat && Float64Array.from(lat),
    bearing: bearing && Float32Array.from(bearing, (one) => one ?? NaN),
  };
}

function apply(table: Table, change: Change): void {
  change.slots.forEach((slot, row) => {
    table.state[slot] = change.state[row]!;
    table.figure[slot] = change.figure[row]!;
    if (change.lon && change.lat) {
      table.longitude[slot] = change.lon[row]!;
      table.latitude[slot] = change.lat[row]!;
    }
    if (change.bearing && table.bearing) table.bearing[slot] = change.bearing[row]!;
  });
}

function whole(table: Table): Whole {
  const { state, figure, longitude, latitude, bearing } = table;
  return { state: [...state], figure: [...figure], longitude: [...longitude], latitude: [...latitude], bearing: bearing && [...bearing] };
}

function restore(table: Table, held: Whole): void {
  Object.assign(table, { state: [...held.state], figure: [...held.figure], longitude: [...held.longitude], latitude: [...held.latitude], bearing: held.bearing && [...held.bearing] });
}
