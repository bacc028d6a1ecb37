/** Things by name or identifier: what is written narrows the list, Enter goes to the first. */
import { element, find } from "../elements";
import { text, word } from "../words";
import type { Feed } from "./feed";
import type { Described } from "./protocol";
import { BY_NUMBER, type LayerInfo } from "./state";

const MOST = 12;

export class Search {
  private readonly input = find<HTMLInputElement>("#find");
  private readonly list = find<HTMLElement>("#found");
  private found: Described[] = [];
  private at = -1;
  private asked = 0;

  constructor(
    private readonly feed: Feed,
    private readonly layers: LayerInfo[],
    private readonly onChoose: (thing: Described) => void,
  ) {
    this.input.addEventListener("input", () => void this.look());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("focus", () => this.found.length && this.open(true));
    document.addEventListener("pointerdown", ({ target }) => {
      if (!(target instanceof Node && this.input.parentElement?.contains(target))) this.open(false);
    });
    document.addEventListener("keydown", (event) => {
      const writing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (event.key !== "/" || writing) return;
      event.preventDefault();
      this.input.focus();
    });
  }

  private async look(): Promise<void> {
    const sought = this.input.value.trim();
    const mine = ++this.asked;
    const found = sought ? await this.feed.find(sought, MOST) : [];
    if (mine !== this.asked) return;
    this.found = found;
    this.at = -1;
    const items = found.map((thing, n) => this.item(thing, n));
    const nothing = element("li", { class: "muted small", role: "presentation" }, word("nothing-found"));
    this.list.replaceChildren(...(sought && !items.length ? [nothing] : items));
    this.open(sought !== "");
  }

  private item(thing: Described, n: number): HTMLElement {
    const layer = this.layers.find(({ id }) => id === thing.layer);
    const shape = element("span", { class: "shape", "data-state": BY_NUMBER[thing.state], "aria-hidden": "true" });
    const item = element("li", { role: "option", id: `found-${n}`, "aria-selected": "false" }, shape, element("span", {}, thing.name), element("small", {}, text(layer?.name)));
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.choose(thing);
    });
    return item;
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.open(false);
      this.input.blur();
      return;
    }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && this.found.length) {
      event.preventDefault();
      this.at = (this.at + by + this.found.length) % this.found.length;
      [...this.list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === this.at)));
      this.input.setAttribute("aria-activedescendant", `found-${this.at}`);
    }
    if (event.key === "Enter" && this.found.length) this.choose(this.found[Math.max(this.at, 0)]!);
  }

  private choose(thing: Described): void {
    this.open(false);
    this.input.value = thing.name;
    this.onChoose(thing);
  }

  private open(open: boolean): void {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) this.input.removeAttribute("aria-activedescendant");
  }
}
