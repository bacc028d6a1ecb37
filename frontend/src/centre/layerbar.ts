/** Which layers the map shows, and what their shapes mean. */
import { grouped } from "../grouping";
import { element, find } from "../elements";
import { figure, text, word } from "../words";
import type { Summary } from "./protocol";
import { BY_NUMBER, LEVELS, type LayerInfo } from "./state";

export class LayerBar {
  private readonly bar = find<HTMLElement>("#layers");
  private readonly legend = find<HTMLElement>("#legend");
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly summaries = new Map<string, Summary>();
  private shown = new Set<string>();
  private was = "";

  constructor(
    private readonly layers: LayerInfo[],
    private readonly onChange: (layers: string[]) => void,
  ) {
    const packs = grouped(layers, ({ pack }) => pack.id);
    this.bar.replaceChildren(...[...packs.values()].map((of) => this.group(of)));
  }

  get chosen(): string[] {
    return this.layers.map(({ id }) => id).filter((id) => this.shown.has(id));
  }

  show(layers: string[]): void {
    this.shown = new Set(layers);
    for (const [id, button] of this.buttons) button.setAttribute("aria-pressed", String(this.shown.has(id)));
    this.explain();
  }

  summarise(layer: string, summary: Summary | null): void {
    if (summary) this.summaries.set(layer, summary);
    else this.summaries.delete(layer);
    this.mark(layer);
    this.explain();
  }

  /** A layer could not be read. */
  fail(layer: string): void {
    const badge = this.buttons.get(layer)?.querySelector(".badge");
    if (badge) badge.textContent = "!";
    this.buttons.get(layer)?.setAttribute("title", word("layer-failed"));
  }

  /** Things of all layers shown, by number of state. */
  get counts(): number[] {
    const all = [...this.summaries.values()];
    return BY_NUMBER.map((_, state) => all.reduce((sum, { counts }) => sum + counts[state]!, 0));
  }

  get simulated(): boolean {
    return [...this.summaries.values()].some(({ simulated }) => simulated > 0);
  }

  get newest(): number {
    return Math.max(0, ...[...this.summaries.values()].map(({ newest }) => newest));
  }

  private group(layers: LayerInfo[]): HTMLElement {
    const label = text(layers[0]!.pack.name);
    return element("div", { class: "layer-group", role: "group", "aria-label": label }, ...layers.map((one) => this.button(one)));
  }

  private button({ id, name }: LayerInfo): HTMLElement {
    const button = element("button", { type: "button", class: "chip", "aria-pressed": "false", "data-layer": id }, text(name), element("b", { class: "badge" }));
    button.addEventListener("click", () => {
      if (this.shown.has(id)) this.shown.delete(id);
      else this.shown.add(id);
      this.show(this.chosen);
      this.onChange(this.chosen);
    });
    this.buttons.set(id, button);
    return button;
  }

  /** How many things call for somebody. */
  private mark(layer: string): void {
    const badge = this.buttons.get(layer)?.querySelector<HTMLElement>(".badge");
    const counts = this.summaries.get(layer)?.counts;
    const troubled = counts ? counts[3]! + counts[4]! + counts[5]! : 0;
    const worst = counts ? ([5, 4, 3].find((state) => counts[state]) ?? 0) : 0;
    if (!badge || badge.textContent === (troubled ? figure(troubled, 0) : "")) return;
    badge.textContent = troubled ? figure(troubled, 0) : "";
    badge.dataset.state = BY_NUMBER[worst];
    badge.title = word("troubled", { n: troubled });
  }

  private explain(): void {
    const present = this.layers.filter(({ id }) => this.shown.has(id));
    const now = JSON.stringify(present.map(({ id }) => [id, (this.summaries.get(id)?.simulated ?? 0) > 0]));
    if (now === this.was) return;
    this.was = now;
    this.legend.replaceChildren(...present.map((one) => this.meaning(one)));
  }

  private meaning({ id, name, legend, figure: shown }: LayerInfo): HTMLElement {
    const said = LEVELS.filter((level) => legend[level]);
    const simulated = (this.summaries.get(id)?.simulated ?? 0) > 0;
    const heading = element("h3", {}, text(name), shown ? element("small", {}, ` ${text(shown.name)} ${shown.unit}`) : null, simulated ? element("span", { class: "tag tag-simulated" }, word("simulated")) : null);
    const items = said.map((level) =>
      element("li", {}, element("span", { class: "shape", "data-state": level, "aria-hidden": "true" }), word(`level-${level}`), element("span", { class: "says" }, text(legend[level]))),
    );
    return element("div", { class: "meaning" }, heading, element("ul", {}, ...items));
  }
}
