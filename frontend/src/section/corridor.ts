/** What lies along a street, below it and above it: cut out of the layers, in metres from the street's middle. */
import type { Described, Lines } from "../centre/protocol";
import type { LayerInfo } from "../centre/state";

/** Metres to either side that belong to the section. */
const POINTS_WITHIN = 60;
const LINES_WITHIN = 120;
const A_DEGREE = 111_320;

/** East, north. */
export type Plane = [number, number];

export interface Piece {
  thing: Described;
  layer: LayerInfo;
  space: LayerInfo["space"];
  /** Of a point: one position. */
  path: Plane[];
  /** Metres below the ground, or from and to above it; null where nobody has said. */
  low: number | null;
  high: number | null;
  /** Metres along the street where it begins. */
  along: number;
}

export interface Corridor {
  street: Plane[];
  length: number;
  pieces: Piece[];
}

export function corridor(street: Described, held: { layer: LayerInfo; things: Described[] }[]): Corridor {
  const lines = street.lines ?? [];
  const line = lines.reduce((longest, one) => (one.length > longest.length ? one : longest), lines[0] ?? []);
  const middle = line[Math.floor(line.length / 2)] ?? [street.longitude, street.latitude];
  const plane = ([longitude, latitude]: [number, number]): Plane => [
    (longitude - middle[0]) * A_DEGREE * Math.cos((middle[1] * Math.PI) / 180),
    (latitude - middle[1]) * A_DEGREE,
  ];
  const path = line.map(plane);
  const pieces = held.flatMap(({ layer, things }) => things.flatMap((thing) => (thing.id === street.id ? [] : cut(thing, layer, path, plane))));
  return { street: path, length: measure(path), pieces: pieces.sort((a, b) => a.along - b.along) };
}

function cut(thing: Described, layer: LayerInfo, street: Plane[], plane: (at: [number, number]) => Plane): Piece[] {
  const { depth, floor, ceiling } = thing.heights;
  const [low, high] = layer.space === "underground" ? [depth ?? null, depth ?? null] : [floor ?? null, ceiling ?? null];
  const base = { thing, layer, space: layer.space, low, high };
  if (!thing.lines) {
    const at = plane([thing.longitude, thing.latitude]);
    const { away, along } = nearest(at, street);
    return away <= POINTS_WITHIN ? [{ ...base, path: [at], along }] : [];
  }
  return (thing.lines as Lines).flatMap((line) => near(line.map(plane), street).map((path) => ({ ...base, path, along: nearest(path[0]!, street).along })));
}

/** The stretches of a line that lie near the street. */
function near(line: Plane[], street: Plane[]): Plane[][] {
  const found: Plane[][] = [];
  let open: Plane[] | null = null;
  for (const at of dense(line)) {
    if (nearest(at, street).away > LINES_WITHIN) open = null;
    else if (open) open.push(at);
    else found.push((open = [at]));
  }
  return found.filter((path) => path.length > 1);
}

/** With a position at least every 25 m. */
function dense(line: Plane[]): Plane[] {
  return line.flatMap(([x, y], n) => {
    const next = line[n + 1];
    if (!next) return [[x, y] as Plane];
    const parts = Math.max(1, Math.ceil(Math.hypot(next[0] - x, next[1] - y) / 25));
    return Array.from({ length: parts }, (_, part): Plane => [x + ((next[0] - x) * part) / parts, y + ((next[1] - y) * part) / parts]);
  });
}

function nearest([x, y]: Plane, street: Plane[]): { away: number; along: number } {
  let best = { away: Infinity, along: 0 };
  let gone = 0;
  for (let n = 0; n + 1 < street.length; n++) {
    const [[x0, y0], [x1, y1]] = [street[n]!, street[n + 1]!];
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const part = Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length ** 2));
    const away = Math.hypot(x - x0 - part * (x1 - x0), y - y0 - part * (y1 - y0));
    if (away < best.away) best = { away, along: gone + part * length };
    gone += length;
  }
  return best;
}

function measure(path: Plane[]): number {
  return path.reduce((sum, [x, y], n) => (n ? sum + Math.hypot(x - path[n - 1]![0], y - path[n - 1]![1]) : 0), 0);
}
