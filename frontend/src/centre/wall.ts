/** The display on the wall: nobody touches it. It goes through its scenes, and comes back by itself. */
import { grouped } from "../grouping";
import { text } from "../words";
import type { LayerInfo } from "./state";

/** How long a scene stands (ms). */
const SCENE = 20_000;
/** After so long without the server the page is loaded anew as soon as it answers: it may be another version. */
const LOST = 90_000;
/** A map that cannot be drawn is tried again so often (ms): the graphics card may be back. */
const BLIND = 300_000;
/** A page that runs for months is loaded anew now and then, at a moment when the server answers. */
const FRESH = 6 * 3_600_000;

export interface Scene {
  name: string;
  layers: string[];
}

/** Everything together, then pack by pack. */
export function scenesOf(layers: LayerInfo[], everything: string): Scene[] {
  const packs = grouped(layers, ({ pack }) => pack.id);
  const on = layers.filter((layer) => layer.on).map(({ id }) => id);
  const each = [...packs.values()].map((of) => ({ name: text(of[0]!.pack.name), layers: of.map(({ id }) => id) }));
  return each.length > 1 ? [{ name: everything, layers: on }, ...each] : [{ name: everything, layers: on }];
}

export function rotate(scenes: Scene[], show: (scene: Scene) => void): void {
  let at = 0;
  show(scenes[0]!);
  if (scenes.length > 1) setInterval(() => show(scenes[(at = (at + 1) % scenes.length)]!), SCENE);
}

/** Watches the page itself: what cannot mend itself is loaded anew, never while the server is away. */
export class Guardian {
  private readonly begun = Date.now();
  private lostAt: number | null = null;
  private broken = false;

  constructor(private readonly probe: string) {
    addEventListener("error", () => (this.broken = true));
    addEventListener("unhandledrejection", () => (this.broken = true));
    document.addEventListener("webglcontextlost", () => (this.broken = true), true);
    setInterval(() => void this.look(), 15_000);
  }

  /** There is no map. */
  blind(): void {
    setTimeout(() => (this.broken = true), BLIND);
  }

  link(state: "live" | "lost"): void {
    if (state === "lost") this.lostAt ??= Date.now();
    else if (this.lostAt !== null) {
      if (Date.now() - this.lostAt > LOST) this.broken = true;
      this.lostAt = null;
    }
  }

  private async look(): Promise<void> {
    const old = Date.now() - this.begun > FRESH;
    const away = this.lostAt !== null && Date.now() - this.lostAt > LOST;
    if (!this.broken && !old && !away) return;
    try {
      if ((await fetch(this.probe, { credentials: "same-origin" })).ok) location.reload();
    } catch {
      // Still away; the next look comes.
    }
  }
}
