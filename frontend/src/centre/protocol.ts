/** What the page and its worker say to each other about layers. Typed arrays are handed over, not copied. */

import type { Patience } from "./clock";

/** Added to the number of a state where its figure is out of date. */
export const STALE = 8;

/** Lines of one thing: lists of positions. */
export type Lines = [number, number][][];

/** A whole layer, slot by slot. x and y are Web Mercator, 0 to 1. */
export interface TableMessage {
  kind: "table";
  layer: string;
  x: Float64Array;
  y: Float64Array;
  /** Numbers of states, and `STALE`. */
  state: Uint8Array;
  bearing: Float32Array | null;
  /** Slots that are lines. */
  lines: [number, Lines][];
  /** A KDBush over x and y. */
  index: ArrayBuffer;
  summary: Summary;
}

/** Slots of a layer that have changed. */
export interface ChangesMessage {
  kind: "changes";
  layer: string;
  slots: Uint32Array;
  x: Float64Array;
  y: Float64Array;
  state: Uint8Array;
  bearing: Float32Array | null;
  /** Where positions have changed: a new KDBush. */
  index: ArrayBuffer | null;
  /** How long the way to the new position may take on the screen (ms); 0 = at once. */
  glide: number;
  summary: Summary;
}

export interface Summary {
  /** How many things in each state, by its number. */
  counts: number[];
  simulated: number;
  /** How many figures are out of date. */
  stale: number;
  /** Seconds since 1970 of the newest observation; 0 = none. */
  newest: number;
}

export interface Described {
  layer: string;
  slot: number;
  id: string;
  name: string;
  figure: number | string | boolean | null;
  state: number;
  at: number | null;
  simulated: boolean;
  stale: boolean;
  longitude: number;
  latitude: number;
  heights: { depth?: number; floor?: number; ceiling?: number };
  lines: Lines | null;
}

export type FromWorker =
  | TableMessage
  | ChangesMessage
  | { kind: "gone"; layer: string }
  | { kind: "link"; state: "live" | "lost" }
  | { kind: "failed"; layer: string }
  | { kind: "answer"; number: number; found: unknown }
  | { kind: "loaded"; until: number; steps: number; from: number; step: number; troubled: number[] }
  | { kind: "replaying"; state: "loading" | "ready" | "failed" };

export type Question =
  | { ask: "describe"; layer: string; slot: number }
  | { ask: "find"; text: string; most: number }
  | { ask: "locate"; ids: string[] }
  | { ask: "inside"; west: number; south: number; east: number; north: number; most: number; still: boolean }
  | { ask: "around"; longitude: number; latitude: number; metres: number }
  | { ask: "level"; state: number; most: number }
  | { ask: "stale"; most: number }
  | { ask: "extent" }
  | { ask: "every"; layer: string };

/** West, south, east, north. */
export type Box = [number, number, number, number];

export type ToWorker =
  | { tell: "open"; layers: string; stream: string; replay: string; language: string; patience: Record<string, Patience | null> }
  /** What time it is on the platform (ms): figures grow old. */
  | { tell: "time"; now: number }
  | { tell: "show"; layers: string[] }
  | { tell: "live"; anew: boolean }
  | { tell: "replay"; from: number; to: number; step: number }
  | { tell: "seek"; step: number; glide: number }
  | { tell: "question"; number: number; question: Question };
