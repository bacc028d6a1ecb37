import type { Patience } from "./clock";

/** What the rails show, as `/operations/state.json` gives it, and a thing as `/operations/thing.json` does. */

export type Level = "normal" | "notice" | "warning" | "severe" | "extreme" | "unknown";
/** From worst to best. */
export const LEVELS: Level[] = ["extreme", "severe", "warning", "notice", "normal", "unknown"];
/** The number of a state in columns is its place here. */
export const BY_NUMBER: Level[] = ["unknown", "normal", "notice", "warning", "severe", "extreme"];

export interface Thing {
  id: string;
  type: string;
  layer: string;
  layerName: string;
  name: string;
  note: string;
  place: [number, number];
  state: Level;
  /** What the state means in this layer. */
  legend: string;
  /** What the figure is, in words, e.g. PM2.5. */
  figureName: string;
  figure: number | null;
  unit: string;
  /** Attribute to draw. */
  attribute: string;
  observedAt: string | null;
  simulated: boolean;
  /** It is no point. */
  line: boolean;
  values: { name: string; value: string }[];
  courses: { attribute: string; name: string; unit: string }[];
  rules: { name: string; limit: string; url: string }[];
  happenings: Happening[];
  /** Page on which this reader may order it about; "" for none. */
  orders: string;
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
  /** The thing it is about. */
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
  happenings: Happening[];
  gauges: Gauge[];
}

export interface Addresses {
  state: string;
  events: string;
  thing: string;
  incident: string;
  layers: string;
  stream: string;
  replay: string;
  temporal: string;
  outline: string;
  tiles: string;
}

type Text = Record<string, string>;

/** A layer as `/operations/layers/` describes it. */
export interface LayerInfo {
  id: string;
  pack: { id: string; name: Text };
  name: Text;
  type: string;
  figure: { attribute: string; name: Text; unit: string; codes: Record<string, Text> } | null;
  legend: Partial<Record<Level, Text>>;
  /** When its figures are out of date; null = it has none that come again and again. */
  stale: Patience | null;
  /** Its shapes are turned by a bearing. */
  turned: boolean;
  space: "underground" | "surface" | "air";
  heights: ("depth" | "floor" | "ceiling")[];
  on: boolean;
}

export async function loadJson<T>(address: string): Promise<T> {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return (await answer.json()) as T;
}
