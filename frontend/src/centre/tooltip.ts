/** What the pointer is on, in words, beside the pointer. */
import { element, find } from "../elements";
import { exactTime, figure, text, word } from "../words";
import type { Feed } from "./feed";
import type { Hit } from "./points";
import { BY_NUMBER, type LayerInfo } from "./state";

export class Tooltip {
  private readonly box = find<HTMLElement>("#tooltip");
  private shown = "";

  constructor(
    private readonly feed: Feed,
    private readonly layers: LayerInfo[],
  ) {}

  async show(hit: Hit | null, x: number, y: number): Promise<void> {
    const key = hit ? `${hit.layer} ${hit.slot}` : "";
    if (key !== this.shown) {
      this.shown = key;
      this.box.hidden = true;
      if (!hit) return;
      await this.say(hit, key);
    }
    if (!key || this.shown !== key) return;
    this.box.hidden = false;
    const { clientWidth, clientHeight } = this.box.offsetParent ?? document.body;
    const left = Math.min(x + 14, clientWidth - this.box.offsetWidth - 8);
    const top = y + 18 + this.box.offsetHeight > clientHeight ? y - this.box.offsetHeight - 10 : y + 18;
    this.box.style.setProperty("transform", `translate(${Math.round(left)}px, ${Math.round(top)}px)`);
  }

  private async say({ layer, slot }: Hit, key: string): Promise<void> {
    const thing = await this.feed.describe(layer, slot);
    if (!thing || this.shown !== key) return;
    const info = this.layers.find(({ id }) => id === layer);
    const level = BY_NUMBER[thing.state]!;
    this.box.replaceChildren(
      element("b", {}, thing.name),
      element("span", {}, element("span", { class: "shape", "data-state": level, "aria-hidden": "true" }), word(`level-${level}`)),
      element("span", {}, figureWords(thing.figure, info)),
      thing.stale ? element("span", { class: "tag tag-stale" }, word("stale-since", { at: exactTime((thing.at ?? 0) * 1000) })) : "",
      thing.simulated ? element("span", { class: "tag tag-simulated" }, word("simulated")) : "",
    );
  }
}

/** The figure with its unit, or its code in words, and by its name where that is not said beside it. */
export function figureWords(held: number | string | boolean | null, info: LayerInfo | undefined, named = true): string {
  if (held === null || !info?.figure) return "";
  const said = typeof held === "number" ? `${figure(held, 2)} ${info.figure.unit}` : text(info.figure.codes[String(held)]) || String(held);
  return named ? `${text(info.figure.name)} ${said}` : said;
}
