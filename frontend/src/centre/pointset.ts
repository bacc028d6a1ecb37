/** The points of one layer as the graphics card reads them, and where each of them is at a moment. */
import KDBush from "kdbush";
import { STALE, type ChangesMessage, type TableMessage } from "./protocol";
import { FLOATS } from "./shader";

const NO_BEARING = -1000;
/** A leap further than this (of the whole world; some 2 km) is no way: it is made at once. */
const LEAP = 5e-5;
const STATES = 6;

/** Positions are kept from here, so that single precision is exact to the millimetre. */
export interface Origin {
  x: number;
  y: number;
}

export class PointSet {
  readonly floats: Float32Array;
  private readonly states: Uint8Array;
  /** Slots from best to worst: the worst is drawn last. */
  readonly order: Uint32Array;
  readonly size: number;
  /** Slots that are drawn as lines are no points. */
  private readonly hidden: Set<number>;
  private tree: KDBush;
  /** What is to be written to the card: first and last slot, and whether the order has changed. */
  dirty: [number, number] | null;
  reordered = true;
  /** Until when (s) something glides. */
  gliding = 0;
  private held: number | null = null;
  private missed: [number, number] | null = null;

  constructor(
    table: TableMessage,
    private readonly origin: Origin,
    before: PointSet | null = null,
  ) {
    this.size = table.x.length;
    this.floats = new Float32Array(this.size * FLOATS);
    this.order = new Uint32Array(this.size);
    this.states = new Uint8Array(this.size);
    this.hidden = new Set(table.lines.map(([slot]) => slot));
    this.tree = KDBush.from(table.index);
    this.dirty = [0, this.size];
    for (let slot = 0; slot < this.size; slot++) {
      const at = slot * FLOATS;
      this.floats[at] = this.floats[at + 2] = table.x[slot]! - origin.x;
      this.floats[at + 1] = this.floats[at + 3] = table.y[slot]! - origin.y;
      this.look(at, table.state[slot]!, table.bearing?.[slot]);
    }
    if (before && before.held !== null && before.held < this.size) this.held = before.held;
    this.sort();
  }

  /** Take changes; `now` is the page's clock (s). */
  take(message: ChangesMessage, now: number): void {
    if (message.index) this.tree = KDBush.from(message.index);
    const glide = message.glide / 1000;
    let worse = false;
    let [first, last] = this.dirty ?? [this.size, 0];
    message.slots.forEach((slot, row) => {
      if (slot >= this.size) return;
      const at = slot * FLOATS;
      worse ||= this.states[slot] !== message.state[row]! % STALE;
      this.look(at, message.state[row]!, message.bearing?.[row]);
      const to: [number, number] = [message.x[row]! - this.origin.x, message.y[row]! - this.origin.y];
      if (slot === this.held) this.missed = to;
      else this.go(at, to, glide, now);
      first = Math.min(first, slot);
      last = Math.max(last, slot + 1);
    });
    this.dirty = [first, last];
    if (worse) this.sort();
  }

  /** Hold one thing still, or let go of it: it then goes to where it is by now. */
  hold(slot: number | null, now: number): void {
    if (slot === this.held) return;
    const freed = this.held;
    const missed = this.missed;
    this.held = slot;
    this.missed = null;
    if (freed !== null && missed) this.go(freed * FLOATS, missed, 0.6, now, freed);
    if (slot === null) return;
    const at = slot * FLOATS;
    const goal: [number, number] = [this.floats[at + 2]!, this.floats[at + 3]!];
    const { x, y } = this.relative(slot, now);
    if (x === goal[0] && y === goal[1]) return;
    this.missed = goal;
    this.go(at, [x, y], 0, now, slot);
  }

  /** Where a point is now: Web Mercator, 0 to 1. */
  where(slot: number, now: number): Origin {
    const { x, y } = this.relative(slot, now);
    return { x: x + this.origin.x, y: y + this.origin.y };
  }

  stateOf(slot: number): number {
    return this.states[slot]!;
  }

  /**
   * Slots near a place: their last known positions lie in the box, which is wide enough for those on the way. The one
   * that is held is always looked at: it is drawn where the index does not know it any more.
   */
  near(x: number, y: number, reach: number): number[] {
    const found = this.tree.range(x - reach, y - reach, x + reach, y + reach).filter((slot) => slot < this.size && !this.hidden.has(slot));
    return this.held === null || found.includes(this.held) ? found : [...found, this.held];
  }

  private relative(slot: number, now: number): Origin {
    const at = slot * FLOATS;
    const [x0, y0, x1, y1, start, length] = this.floats.subarray(at, at + 6) as unknown as [number, number, number, number, number, number];
    const part = length <= 0 ? 1 : Math.min(Math.max((now - start) / length, 0), 1);
    return { x: x0 + (x1 - x0) * part, y: y0 + (y1 - y0) * part };
  }

  private go(at: number, [x, y]: [number, number], glide: number, now: number, slot: number = at / FLOATS): void {
    const floats = this.floats;
    if (glide && (floats[at + 2] !== x || floats[at + 3] !== y)) {
      const here = this.relative(slot, now);
      const far = Math.abs(here.x - x) + Math.abs(here.y - y) > LEAP;
      floats[at] = far ? x : here.x;
      floats[at + 1] = far ? y : here.y;
      floats[at + 4] = now;
      floats[at + 5] = far ? 0 : glide;
      if (!far) this.gliding = Math.max(this.gliding, now + glide);
    } else if (!glide) {
      floats[at] = x;
      floats[at + 1] = y;
      floats[at + 5] = 0;
    }
    floats[at + 2] = x;
    floats[at + 3] = y;
    const [first, last] = this.dirty ?? [slot, slot + 1];
    this.dirty = [Math.min(first, slot), Math.max(last, slot + 1)];
  }

  private look(at: number, state: number, bearing: number | undefined): void {
    this.floats[at + 6] = state;
    this.states[at / FLOATS] = state % STALE;
    this.floats[at + 7] = bearing === undefined || Number.isNaN(bearing) ? NO_BEARING : bearing;
  }

  /** By counting: each state's slots stand together. */
  private sort(): void {
    const { states, order, hidden } = this;
    const starts = new Uint32Array(STATES + 1);
    this.drawn = this.size - hidden.size;
    for (let slot = 0; slot < this.size; slot++) if (!hidden.size || !hidden.has(slot)) starts[states[slot]! + 1]!++;
    for (let state = 0; state < STATES; state++) starts[state + 1]! += starts[state]!;
    for (let slot = 0; slot < this.size; slot++) if (!hidden.size || !hidden.has(slot)) order[starts[states[slot]!]!++] = slot;
    this.reordered = true;
  }

  /** How many of `order` are drawn. */
  drawn = 0;
}
