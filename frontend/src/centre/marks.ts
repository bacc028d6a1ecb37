/** What is marked on the map: rings around what calls and what is chosen, an area, and names. */
import type { Feed } from "./feed";
import type { Incident } from "./incident";
import type { CentreMap, Ring } from "./map";
import type { Hit } from "./points";

/** Names are chosen anew at most so often (ms) while things change. */
export const RELABEL = 3_000;
const LABELS = 60;
/** The map rests when it has not been moved for so long (ms). */
export const REST = 400;
/** A ring goes with its thing for so long (ms) after a change. */
const GLIDE = 1_200;

export interface Marked {
  /** Things with an active alert; none where the past is shown. */
  alarmed: Set<string>;
  chosen: string | null;
  incident: Incident | null;
}

export class Marks {
  map: CentreMap | null = null;
  private relabelDue: number | null = null;
  private following = false;

  constructor(private readonly feed: Feed) {}

  async rings({ alarmed, chosen, incident }: Marked): Promise<void> {
    const places = await this.feed.locate([...alarmed, ...(chosen ? [chosen] : [])].filter(Boolean));
    const rings: Ring[] = places.filter(({ id }) => alarmed.has(id)).map(({ longitude, latitude }) => ({ longitude, latitude, kind: "alarmed" }));
    const selected = places.find(({ id }) => id === chosen);
    if (selected) rings.push({ longitude: selected.longitude, latitude: selected.latitude, kind: "selected" });
    if (incident?.at) rings.push({ longitude: incident.at[0], latitude: incident.at[1], kind: "area", radius: incident.radius });
    await this.map?.show(rings);
  }

  /** The ring of a moving thing goes with it while it glides. */
  follow(hit: () => Hit | null): void {
    if (this.following) return;
    this.following = true;
    const until = performance.now() + GLIDE;
    const step = () => {
      const chosen = hit();
      const at = chosen && this.map?.placeOf(chosen);
      if (at) this.map?.follow(...at);
      this.following = performance.now() < until;
      if (this.following) requestAnimationFrame(step);
    };
    step();
  }

  /** Soon, or when the map has come to rest. */
  relabel(wait: number, rest = false): void {
    if (rest && this.relabelDue !== null) clearTimeout(this.relabelDue);
    if (rest || this.relabelDue === null) this.relabelDue = window.setTimeout(() => void this.label(), wait);
  }

  private async label(): Promise<void> {
    this.relabelDue = null;
    if (!this.map) return;
    const { total, things } = await this.feed.inside({ ...this.map.window, most: LABELS, still: true });
    // Among very many, only what calls for somebody is named.
    await this.map.label(total > 4 * LABELS ? things.filter(({ state }) => state > 2) : things);
  }
}
