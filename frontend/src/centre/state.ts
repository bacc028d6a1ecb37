/** What the operations centre shows, as `/operations/state.json` gives it. */

export type Level = "normal" | "notice" | "warning" | "severe" | "extreme" | "unknown";
export const LEVELS: Level[] = ["extreme", "severe", "warning", "notice", "normal", "unknown"];

export interface Station {
  id: string;
  type: string;
  name: string;
  note: string;
  place: [number, number];
  state: Level;
  /** What the figure is, in words, e.g. PM2.5. */
  figureName: string;
  figure: number | null;
  unit: string;
  /** Attribute to draw. */
  attribute: string;
  observedAt: string | null;
  values: { name: string; value: string }[];
  rules: { name: string; limit: string; url: string }[];
}

export interface Happening {
  key: string;
  /** Alert or case. */
  kind: "alert" | "case";
  level: Level;
  levelWord: string;
  title: string;
  more: string;
  at: string;
  url: string;
  station: string;
}

export interface Gauge {
  id: string;
  name: string;
  value: number | null;
  unit: string;
  target: number | null;
  targetText: string;
  points: number[];
  more: string;
  trend: string;
  url: string;
}

export interface State {
  now: string;
  asker: string;
  stations: Station[];
  happenings: Happening[];
  gauges: Gauge[];
}

export async function loadState(address: string): Promise<State> {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return (await answer.json()) as State;
}
