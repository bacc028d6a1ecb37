/** The platform's clock, and when a figure is out of date by it. The browser's own may be wrong, or the platform replays. */

/** After how many seconds without a newer one a figure is out of date: one that was measured, one that a model made up. */
export interface Patience {
  measured: number;
  simulated: number;
}

/** How far the platform is ahead of this browser (ms). */
let ahead = 0;

/** The platform has said what time it is (RFC 3339). */
export function setClock(now: string): void {
  const said = Date.parse(now);
  if (Number.isFinite(said)) ahead = said - Date.now();
}

/** Milliseconds since 1970, as the platform counts. */
export function platformNow(): number {
  return Date.now() + ahead;
}

/** `at` and `now` are seconds since 1970; what has no time, or no patience, is never out of date. */
export function isStale(at: number | null, simulated: boolean, patience: Patience | null, now: number): boolean {
  return at !== null && patience !== null && now - at > (simulated ? patience.simulated : patience.measured);
}
