/** Where things are: the box that a map shows at first. */
import type { Box } from "./protocol";

/** Of this many things and more the outermost are left out: a few far away would make the others small. */
const MANY = 40;
const LEFT_OUT = 0.04;

export function extentOf(tables: { longitude: number[]; latitude: number[] }[]): Box | null {
  const [west, east] = within(tables.flatMap(({ longitude }) => longitude));
  const [south, north] = within(tables.flatMap(({ latitude }) => latitude));
  return west === undefined || east === undefined || south === undefined || north === undefined ? null : [west, south, east, north];
}

function within(values: number[]): [number, number] | [] {
  if (!values.length) return [];
  const ordered = Float64Array.from(values).sort();
  const out = ordered.length < MANY ? 0 : Math.floor(ordered.length * LEFT_OUT);
  return [ordered[out]!, ordered[ordered.length - 1 - out]!];
}
