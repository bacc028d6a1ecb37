/** The page's end of the worker: wishes go in, typed arrays and answers come out. */
import workerAddress from "./worker?worker&url";
import type { Box, ChangesMessage, Described, FromWorker, Question, TableMessage, ToWorker } from "./protocol";
import { language } from "../words";
import type { Patience } from "./clock";
import type { Addresses, LayerInfo } from "./state";

export interface Listeners {
  table(message: TableMessage): void;
  changes(message: ChangesMessage): void;
  gone(layer: string): void;
  link(state: "live" | "lost"): void;
  failed(layer: string): void;
  loaded(progress: Extract<FromWorker, { kind: "loaded" }>): void;
  replaying(state: "loading" | "ready" | "failed"): void;
}

export class Feed {
  private readonly worker = new Worker(workerAddress, { type: "module", name: "layers" });
  private readonly waiting = new Map<number, (found: unknown) => void>();
  private asked = 0;

  constructor(addresses: Addresses, known: LayerInfo[], private readonly listeners: Listeners) {
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.hear(data);
    const { layers, stream, replay } = addresses;
    const patience: Record<string, Patience | null> = Object.fromEntries(known.map(({ id, stale }) => [id, stale]));
    this.say({ tell: "open", layers, stream, replay, patience, language: language.startsWith("en") ? "en" : "zh" });
  }

  show(layers: string[]): void {
    this.say({ tell: "show", layers });
  }

  /** What time it is on the platform (ms). */
  time(now: number): void {
    this.say({ tell: "time", now });
  }

  live(anew = false): void {
    this.say({ tell: "live", anew });
  }

  replay(from: number, to: number, step: number): void {
    this.say({ tell: "replay", from, to, step });
  }

  seek(step: number, glide: number): void {
    this.say({ tell: "seek", step, glide });
  }

  describe(layer: string, slot: number): Promise<Described | null> {
    return this.ask({ ask: "describe", layer, slot });
  }

  find(text: string, most: number): Promise<Described[]> {
    return this.ask({ ask: "find", text, most });
  }

  locate(ids: string[]): Promise<Described[]> {
    return this.ask({ ask: "locate", ids });
  }

  inside(question: Omit<Extract<Question, { ask: "inside" }>, "ask">): Promise<{ total: number; things: Described[] }> {
    return this.ask({ ask: "inside", ...question });
  }

  around(longitude: number, latitude: number, metres: number): Promise<(Described & { away: number })[]> {
    return this.ask({ ask: "around", longitude, latitude, metres });
  }

  inState(state: number, most: number): Promise<Described[]> {
    return this.ask({ ask: "level", state, most });
  }

  /** Things whose figures are out of date. */
  stale(most: number): Promise<Described[]> {
    return this.ask({ ask: "stale", most });
  }

  /** Where most things of the layers shown are. */
  extent(): Promise<Box | null> {
    return this.ask({ ask: "extent" });
  }

  every(layer: string): Promise<Described[]> {
    return this.ask({ ask: "every", layer });
  }

  private ask<T>(question: Question): Promise<T> {
    const number = ++this.asked;
    return new Promise((resolve) => {
      this.waiting.set(number, resolve as (found: unknown) => void);
      this.say({ tell: "question", number, question });
    });
  }

  private say(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private hear(message: FromWorker): void {
    switch (message.kind) {
      case "answer":
        this.waiting.get(message.number)?.(message.found);
        this.waiting.delete(message.number);
        return;
      case "table":
        return this.listeners.table(message);
      case "changes":
        return this.listeners.changes(message);
      case "gone":
        return this.listeners.gone(message.layer);
      case "link":
        return this.listeners.link(message.state);
      case "failed":
        return this.listeners.failed(message.layer);
      case "loaded":
        return this.listeners.loaded(message);
      case "replaying":
        return this.listeners.replaying(message.state);
    }
  }
}
