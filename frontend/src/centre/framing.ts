/** What part of the district the map shows at first: where things are, as soon as they have come. */
import type { Feed } from "./feed";
import type { CentreMap } from "./map";

/** A layer that has not come after so long (ms) is not waited for. */
const LATEST = 4_000;

export class Framing {
  private map: CentreMap | null = null;
  private readonly waiting = new Set<string>();
  private due: number | null = null;

  /** `free`: nobody has said what is to be seen; `covered`: what lies over the map. */
  constructor(
    private readonly feed: Feed,
    private readonly free: () => boolean,
    private readonly covered: () => { right: number; bottom: number },
  ) {}

  /** The things of these layers are to be seen when they are there. */
  wish(layers: string[]): void {
    this.waiting.clear();
    for (const layer of layers) this.waiting.add(layer);
    if (this.due !== null) clearTimeout(this.due);
    this.due = window.setTimeout(() => void this.frame(), LATEST);
  }

  /** A layer has come, or will not. */
  came(layer: string): void {
    if (this.waiting.delete(layer)) this.look();
  }

  begin(map: CentreMap | null): void {
    this.map = map;
    this.look();
  }

  private look(): void {
    if (this.map && this.due !== null && !this.waiting.size) void this.frame();
  }

  private async frame(): Promise<void> {
    if (this.due !== null) clearTimeout(this.due);
    this.due = null;
    this.waiting.clear();
    const extent = await this.feed.extent();
    // At once: what glides away under the pointer cannot be pressed.
    if (extent && this.free()) await this.map?.overlook(extent, this.covered(), false);
  }
}
