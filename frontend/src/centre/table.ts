/** One layer's things as the worker knows them: columns that grow, and where each thing stands in them. */
import KDBush from "kdbush";
import { isStale, type Patience } from "./clock";
import { mercatorX, mercatorY, metres } from "./mercator";
import { STALE, type Described, type Lines, type Summary } from "./protocol";

/** What the doors send: a picture, or a frame of changes. */
export interface Columns {
  layer: string;
  prefix?: string;
  ids: string[];
  lon: number[];
  lat: number[];
  state: string;
  figure: Figure[];
  at: (number | null)[];
  names?: (string | null)[] | null;
  bearing?: (number | null)[] | null;
  simulated?: string;
  lines?: Record<string, Lines>;
  heights?: Record<string, (number | null)[]>;
  gone?: string[];
  seq?: number;
}

export type Figure = number | string | boolean | null;
type Heights = { depth?: number; floor?: number; ceiling?: number };

export class Table {
  readonly ids: string[] = [];
  readonly names: string[] = [];
  longitude: number[] = [];
  latitude: number[] = [];
  figure: Figure[] = [];
  at: (number | null)[] = [];
  state: number[] = [];
  simulated: number[] = [];
  private stale: boolean[] = [];
  bearing: number[] | null = null;
  readonly lines = new Map<number, Lines>();
  private readonly heights: Heights[] = [];
  private readonly slots = new Map<string, number>();

  /** `patience`: when its figures are out of date; null = never. `now`: seconds since 1970 by the platform's clock. */
  constructor(
    readonly layer: string,
    private readonly patience: Patience | null = null,
    private now = 0,
  ) {}

  static of(picture: Columns, patience: Patience | null = null, now = 0): Table {
    const table = new Table(picture.layer, patience, now);
    table.take(picture);
    return table;
  }

  get size(): number {
    return this.ids.length;
  }

  slotOf(id: string): number | undefined {
    return this.slots.get(id);
  }

  /** Put rows; which slots changed, whether any moved, and whether there are new ones. */
  take(columns: Columns): { slots: number[]; moved: boolean; grown: boolean } {
    const before = this.size;
    const slots: number[] = new Array(columns.ids.length);
    let moved = false;
    const prefix = columns.prefix ?? "";
    columns.ids.forEach((end, row) => {
      const id = prefix + end;
      const slot = this.slots.get(id) ?? this.add(id);
      slots[row] = slot;
      moved ||= this.longitude[slot] !== columns.lon[row] || this.latitude[slot] !== columns.lat[row];
      this.put(slot, columns, row);
    });
    for (const [row, lines] of Object.entries(columns.lines ?? {})) this.lines.set(slots[Number(row)]!, lines);
    return { slots, moved, grown: this.size > before };
  }

  /** Without some things; slots are dealt anew. */
  without(gone: string[]): Table {
    const out = new Set(gone);
    const left = new Table(this.layer, this.patience, this.now);
    if (this.bearing) left.bearing = [];
    this.ids.forEach((id, slot) => {
      if (out.has(id)) return;
      const to = left.add(id);
      left.names[to] = this.names[slot]!;
      left.longitude[to] = this.longitude[slot]!;
      left.latitude[to] = this.latitude[slot]!;
      left.figure[to] = this.figure[slot]!;
      left.at[to] = this.at[slot]!;
      left.state[to] = this.state[slot]!;
      left.simulated[to] = this.simulated[slot]!;
      left.stale[to] = this.stale[slot]!;
      left.heights[to] = this.heights[slot]!;
      if (this.bearing && left.bearing) left.bearing[to] = this.bearing[slot]!;
      const lines = this.lines.get(slot);
      if (lines) left.lines.set(to, lines);
    });
    return left;
  }

  private add(id: string): number {
    const slot = this.ids.push(id) - 1;
    this.slots.set(id, slot);
    this.names[slot] = id.slice(id.lastIndexOf(":") + 1);
    this.heights[slot] = {};
    return slot;
  }

  private put(slot: number, columns: Columns, row: number): void {
    this.longitude[slot] = columns.lon[row]!;
    this.latitude[slot] = columns.lat[row]!;
    this.figure[slot] = columns.figure[row] ?? null;
    this.at[slot] = columns.at[row] ?? null;
    this.state[slot] = columns.state.charCodeAt(row) - 48;
    this.simulated[slot] = columns.simulated?.charCodeAt(row) === 49 ? 1 : 0;
    this.stale[slot] = this.isStale(slot);
    const name = columns.names?.[row];
    if (name) this.names[slot] = name;
    if (columns.bearing) (this.bearing ??= new Array(this.size).fill(NaN))[slot] = columns.bearing[row] ?? NaN;
    for (const [field, held] of Object.entries(columns.heights ?? {})) {
      const metre = held[row];
      if (metre != null) this.heights[slot]![field as keyof Heights] = metre;
    }
  }

  private isStale(slot: number): boolean {
    return isStale(this.at[slot]!, this.simulated[slot] === 1, this.patience, this.now);
  }

  /** It is later: the slots whose figures have grown old meanwhile. */
  age(now: number): number[] {
    this.now = now;
    if (!this.patience) return [];
    const grown: number[] = [];
    for (let slot = 0; slot < this.size; slot++) {
      const stale = this.isStale(slot);
      if (stale !== this.stale[slot]) grown.push(slot);
      this.stale[slot] = stale;
    }
    return grown;
  }

  /** The state of a slot as the page is told it: `STALE` is added where the figure is out of date. */
  code(slot: number): number {
    return this.state[slot]! + (this.stale[slot] ? STALE : 0);
  }

  staleSlots(most: number): number[] {
    const found: number[] = [];
    for (let slot = 0; slot < this.size && found.length < most; slot++) if (this.stale[slot]) found.push(slot);
    return found;
  }

  /** Web Mercator of some slots, or of all. */
  mercator(slots: ArrayLike<number> | null = null): { x: Float64Array; y: Float64Array } {
    const n = slots?.length ?? this.size;
    const x = new Float64Array(n);
    const y = new Float64Array(n);
    for (let row = 0; row < n; row++) {
      const slot = slots ? slots[row]! : row;
      x[row] = mercatorX(this.longitude[slot]!);
      y[row] = mercatorY(this.latitude[slot]!);
    }
    return { x, y };
  }

  bearings(slots: ArrayLike<number> | null = null): Float32Array | null {
    const held = this.bearing;
    if (!held) return null;
    if (!slots) return Float32Array.from(held, (one) => one ?? NaN);
    return Float32Array.from(slots, (slot) => held[slot] ?? NaN);
  }

  index(): ArrayBuffer {
    const { x, y } = this.mercator();
    const tree = new KDBush(Math.max(x.length, 1), 64, Float64Array);
    for (let slot = 0; slot < x.length; slot++) tree.add(x[slot]!, y[slot]!);
    if (!x.length) tree.add(-9, -9);
    tree.finish();
    return tree.data as ArrayBuffer;
  }

  summary(): Summary {
    const counts = [0, 0, 0, 0, 0, 0];
    let newest = 0;
    let simulated = 0;
    let stale = 0;
    for (let slot = 0; slot < this.size; slot++) {
      counts[this.state[slot]!]!++;
      simulated += this.simulated[slot]!;
      if (this.stale[slot]) stale++;
      newest = Math.max(newest, this.at[slot] ?? 0);
    }
    return { counts, simulated, stale, newest };
  }

  describe(slot: number): Described {
    return {
      layer: this.layer,
      slot,
      id: this.ids[slot]!,
      name: this.names[slot]!,
      figure: this.figure[slot]!,
      state: this.state[slot]!,
      at: this.at[slot]!,
      simulated: this.simulated[slot] === 1,
      stale: this.stale[slot] === true,
      longitude: this.longitude[slot]!,
      latitude: this.latitude[slot]!,
      heights: this.heights[slot]!,
      lines: this.lines.get(slot) ?? null,
    };
  }

  /** Slots whose name or identifier holds the text; those that begin with it first. */
  find(text: string, most: number): number[] {
    const sought = text.toLowerCase();
    const begins: number[] = [];
    const holds: number[] = [];
    for (let slot = 0; slot < this.size && begins.length < most; slot++) {
      const at = this.names[slot]!.toLowerCase().indexOf(sought);
      if (at === 0) begins.push(slot);
      else if (holds.length < most && (at > 0 || this.ids[slot]!.toLowerCase().includes(sought))) holds.push(slot);
    }
    return [...begins, ...holds].slice(0, most);
  }

  inState(state: number, most: number): number[] {
    const found: number[] = [];
    for (let slot = 0; slot < this.size && found.length < most; slot++) if (this.state[slot] === state) found.push(slot);
    return found;
  }

  around(place: [number, number], within: number): { slot: number; away: number }[] {
    const found: { slot: number; away: number }[] = [];
    for (let slot = 0; slot < this.size; slot++) {
      const away = metres(place, [this.longitude[slot]!, this.latitude[slot]!]);
      if (away <= within) found.push({ slot, away });
    }
    return found.sort((a, b) => a.away - b.away);
  }
}
