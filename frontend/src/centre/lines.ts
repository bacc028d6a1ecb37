/** Things that are lines (roads, pipes, routes): one source a layer, coloured by state without being sent again. */
import type { GeoJSONSource, Map as Engine, PointLike } from "maplibre-gl";
import type { Hit } from "./points";
import { STALE, type ChangesMessage, type Lines, type TableMessage } from "./protocol";
import { BY_NUMBER } from "./state";
import { levelColour } from "./theme";

/** Colours are put at most so often (ms): each time the lines' tiles are painted anew. */
const PAUSE = 1_000;

interface Drawn {
  /** Numbers of states, and `STALE`. */
  states: Map<number, number>;
  /** Slots whose colour is to be put. */
  waiting: Set<number>;
}

export class LineLayers {
  private readonly drawn = new Map<string, Drawn>();
  private timer: number | null = null;

  constructor(private readonly engine: Engine) {}

  put(message: TableMessage): void {
    const source = this.sourceOf(message.layer);
    if (!message.lines.length && !this.drawn.has(message.layer)) return;
    const states = new Map(message.lines.map(([slot]) => [slot, message.state[slot]!]));
    this.drawn.set(message.layer, { states, waiting: new Set() });
    const data = { type: "FeatureCollection" as const, features: message.lines.map(feature) };
    const there = this.engine.getSource<GeoJSONSource>(source);
    if (there) there.setData(data);
    else this.open(source, data);
    for (const slot of states.keys()) this.tint(message.layer, slot);
  }

  take(message: ChangesMessage): void {
    const drawn = this.drawn.get(message.layer);
    if (!drawn) return;
    message.slots.forEach((slot, row) => {
      const state = message.state[row]!;
      if (!drawn.states.has(slot) || drawn.states.get(slot) === state) return;
      drawn.states.set(slot, state);
      drawn.waiting.add(slot);
    });
    if (drawn.waiting.size) this.timer ??= window.setTimeout(() => this.colour(), PAUSE);
  }

  drop(layer: string): void {
    const source = this.sourceOf(layer);
    this.drawn.delete(layer);
    for (const id of [source, `${source}-edge`]) if (this.engine.getLayer(id)) this.engine.removeLayer(id);
    if (this.engine.getSource(source)) this.engine.removeSource(source);
  }

  has(hit: Hit): boolean {
    return this.drawn.get(hit.layer)?.states.has(hit.slot) ?? false;
  }

  hit(point: { x: number; y: number }): Hit | null {
    const layers = [...this.drawn.keys()].map((layer) => this.sourceOf(layer)).filter((id) => this.engine.getLayer(id));
    if (!layers.length) return null;
    const around: [PointLike, PointLike] = [
      [point.x - 5, point.y - 5],
      [point.x + 5, point.y + 5],
    ];
    const [found] = this.engine.queryRenderedFeatures(around, { layers });
    return found ? { layer: found.source.slice("lines:".length), slot: Number(found.id) } : null;
  }

  repaint(): void {
    for (const layer of this.drawn.keys()) this.engine.setPaintProperty(this.sourceOf(layer), "line-color", colours());
  }

  /** The engine has made its style anew: what it keeps beside it is put again. */
  restore(): void {
    for (const [layer, { states }] of this.drawn) for (const slot of states.keys()) this.tint(layer, slot);
  }

  private colour(): void {
    this.timer = null;
    for (const [layer, { waiting }] of this.drawn) {
      for (const slot of waiting) this.tint(layer, slot);
      waiting.clear();
    }
  }

  private tint(layer: string, slot: number): void {
    const code = this.drawn.get(layer)?.states.get(slot) ?? 0;
    this.engine.setFeatureState({ source: this.sourceOf(layer), id: slot }, { state: code % STALE, stale: code >= STALE });
  }

  private sourceOf(layer: string): string {
    return `lines:${layer}`;
  }

  private open(source: string, data: Parameters<GeoJSONSource["setData"]>[0]): void {
    this.engine.addSource(source, { type: "geojson", data });
    const paint = {
      "line-color": colours(),
      // What is out of date is faint.
      "line-opacity": ["case", ["boolean", ["feature-state", "stale"], false], 0.35, 1] as never,
      "line-width": ["interpolate", ["linear"], ["zoom"], 10, ["+", 1.2, ["*", 0.5, STATE]], 16, ["+", 4, STATE]] as never,
    };
    this.engine.addLayer({ id: source, type: "line", source, layout: { "line-cap": "round", "line-join": "round" }, paint }, "area");
  }
}

const STATE = ["coalesce", ["feature-state", "state"], 0] as const;

function colours(): never {
  const pairs = BY_NUMBER.flatMap((level, number) => [number, levelColour(level)]);
  return ["match", STATE, ...pairs, levelColour("unknown")] as never;
}

function feature([slot, lines]: [number, Lines]) {
  const geometry = lines.length === 1 ? { type: "LineString" as const, coordinates: lines[0]! } : { type: "MultiLineString" as const, coordinates: lines };
  return { type: "Feature" as const, id: slot, geometry, properties: {} };
}
