/** Which layers the map shows, and what their shapes mean. */
import { grouped } from "../grouping";
import { element, find } from "../elements";
import { figure, text, word } from "../words";
import type { Summary } from "./protocol";
import { BY_NUMBER, LEVELS, type LayerInfo } from "./state";

/** With more layers than this the legend says what all share, and of each only what it is. */
const FEW = 2;

export class LayerBar {
  private readonly bar = find<HTMLElement>("#layers");
  private readonly legend = find<HTMLElement>("#legend");
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly groups = new Map<string, HTMLDetailsElement>();
  private readonly summaries = new Map<string, Summary>();
  private shown = new Set<string>();
  private was = "";

  constructor(
    private readonly layers: LayerInfo[],
    private readonly onChange: (layers: string[]) => void,
  ) {
    const packs = grouped(layers, ({ pack }) => pack.id);
    this.bar.replaceChildren(...[...packs.values()].map((of) => this.group(of)));
    // On a small screen the map comes first.
    find<HTMLDetailsElement>("details.legend").open = !matchMedia("(max-width: 900px)").matches;
    document.addEventListener("pointerdown", ({ target }) => {
      if (!(target instanceof Node && this.bar.contains(target))) this.closeOthers(null);
    });
  }

  get chosen(): string[] {
    return this.layers.map(({ id }) => id).filter((id) => this.shown.has(id));
  }

  show(layers: string[]): void {
    this.shown = new Set(layers);
    for (const [id, button] of this.buttons) button.setAttribute("aria-pressed", String(this.shown.has(id)));
    this.sum();
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

  /** How many figures are out of date. */
  get stale(): number {
    return [...this.summaries.values()].reduce((sum, { stale }) => sum + stale, 0);
  }

  get newest(): number {
    return Math.max(0, ...[...this.summaries.values()].map(({ newest }) => newest));
  }

  /** A pack's layers, folded under its name. */
  private group(layers: LayerInfo[]): HTMLElement {
    const { id, name } = layers[0]!.pack;
    const summary = element("summary", { class: "chip", "data-pack": id }, text(name), element("small", { class: "of" }), element("b", { class: "badge" }));
    const group = element("details", { class: "layer-group", "data-group": id }, summary, element("div", { class: "layer-list" }, ...layers.map((one) => this.button(one))));
    group.addEventListener("toggle", () => group.open && this.closeOthers(group));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !group.open) return;
      event.stopPropagation();
      group.open = false;
      summary.focus();
    });
    this.groups.set(id, group);
    return group;
  }

  private closeOthers(open: HTMLDetailsElement | null): void {
    for (const group of this.groups.values()) if (group !== open) group.open = false;
  }

  /** How many of a pack's layers are shown, and how many things of them call for somebody. */
  private sum(): void {
    for (const [id, group] of this.groups) {
      const mine = this.layers.filter(({ pack }) => pack.id === id);
      const shown = mine.filter((layer) => this.shown.has(layer.id));
      group.querySelector("summary")!.classList.toggle("chosen", shown.length > 0);
      put(group.querySelector("summary .of")!, ` ${shown.length}/${mine.length}`);
      putBadge(group.querySelector<HTMLElement>("summary .badge")!, shown.map((layer) => this.summaries.get(layer.id)?.counts));
    }
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
    if (badge) putBadge(badge, [this.summaries.get(layer)?.counts]);
    this.sum();
  }

  private explain(): void {
    const present = this.layers.filter(({ id }) => this.shown.has(id));
    const now = JSON.stringify(present.map(({ id }) => [id, (this.summaries.get(id)?.simulated ?? 0) > 0]));
    if (now === this.was) return;
    this.was = now;
    const each = present.map((one) => this.meaning(one));
    const old = present.some(({ stale }) => stale) ? element("ul", {}, oldItem()) : null;
    this.legend.replaceChildren(...(present.length > FEW ? [common(), ...(old ? [old] : []), this.folded(each)] : [...each, ...(old ? [old] : [])]));
  }

  /** Of many layers what each means is opened when somebody wants to know. */
  private folded(each: HTMLElement[]): HTMLElement {
    const open = this.legend.querySelector("details.each")?.hasAttribute("open") ?? false;
    return element("details", { class: "each", open }, element("summary", {}, word("legend-each")), ...each);
  }

  private meaning({ id, name, legend, figure: shown }: LayerInfo): HTMLElement {
    const said = LEVELS.filter((level) => legend[level]);
    const simulated = (this.summaries.get(id)?.simulated ?? 0) > 0;
    const heading = element("h3", {}, text(name), shown ? element("small", {}, ` ${text(shown.name)} ${shown.unit}`) : null, simulated ? element("span", { class: "tag tag-simulated" }, word("simulated")) : null);
    const few = this.shown.size <= FEW;
    const items = said.map((level) =>
      element("li", {}, element("span", { class: "shape", "data-state": level, "aria-hidden": "true" }), word(`level-${level}`), element("span", { class: "says" }, text(legend[level]))),
    );
    if (few) return element("div", { class: "meaning" }, heading, element("ul", {}, ...items));
    return element("details", { class: "meaning" }, element("summary", {}, heading), element("ul", {}, ...items));
  }
}

/** How a figure that is out of date looks. */
function oldItem(): HTMLElement {
  return element("li", {}, element("span", { class: "shape", "data-state": "stale", "aria-hidden": "true" }), word("stale"));
}

/** Nothing is written that stands there already: what the pointer is on is left alone. */
function put(box: Element, said: string): void {
  if (box.textContent !== said) box.textContent = said;
}

function putBadge(badge: HTMLElement, several: (number[] | undefined)[]): void {
  const sum = (state: number) => several.reduce((all, counts) => all + (counts?.[state] ?? 0), 0);
  const troubled = sum(3) + sum(4) + sum(5);
  put(badge, troubled ? figure(troubled, 0) : "");
  badge.dataset.state = BY_NUMBER[[5, 4, 3].find(sum) ?? 0];
  badge.title = troubled ? word("troubled", { n: troubled }) : "";
}

/** The shapes of all layers. */
function common(): HTMLElement {
  const items = LEVELS.filter((level) => level !== "extreme").map((level) => element("li", {}, element("span", { class: "shape", "data-state": level, "aria-hidden": "true" }), word(`level-${level}`)));
  return element("ul", { class: "common" }, ...items);
}
