/** What is known about the selected thing: values, course, the rules that watch it, cases about it. */
import type { Series } from "../chart";
import { element, find } from "../elements";
import { fullTime, handed, text, word } from "../words";
import { isStale, platformNow } from "./clock";
import type { Described } from "./protocol";
import { BY_NUMBER, type LayerInfo, type Thing } from "./state";
import { figureWords } from "./tooltip";

const HOUR = 3_600_000;
const SPANS: Record<string, number> = { "24h": 24 * HOUR, "7d": 7 * 24 * HOUR };

interface Temporal {
  [attribute: string]: { values?: [number | null, string][] } | unknown;
}

export class Panel {
  private readonly panel = find<HTMLElement>("#panel");
  private readonly temporal = handed<{ temporal: string }>("addresses")?.temporal ?? "";
  private shown = "";
  private span = "24h";
  /** Attribute whose course is drawn; "" = the layer's figure. */
  private course = "";
  private about = "";
  private chart: { dispose(): void } | null = null;
  /** Instant of the past that is shown; null = now. */
  private at: number | null = null;
  private thing: Thing | null = null;

  constructor(
    private readonly layers: LayerInfo[],
    private readonly onClose: () => void,
    private readonly onCut: (id: string) => void,
  ) {
    this.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.onClose());
  }

  get width(): number {
    return this.panel.hidden ? 0 : this.panel.offsetWidth;
  }

  hide(): void {
    this.panel.hidden = true;
    this.thing = null;
    this.shown = "";
    this.about = "";
  }

  /** Show or refresh; the same content is left alone, so that nothing moves under the pointer. */
  show(thing: Thing, at: number | null = null): void {
    const stale = at === null && this.isStale(thing);
    const now = JSON.stringify([thing, at, stale]);
    if (now === this.shown && !this.panel.hidden) return;
    if (thing.id !== this.about) this.course = "";
    this.shown = now;
    this.about = thing.id;
    this.at = at;
    this.thing = thing;
    const focused = this.panel.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.key : null;
    this.panel.hidden = false;
    // The chart stays while its numbers are read anew: nothing jumps.
    const chart = this.panel.querySelector<HTMLElement>("#panel-chart");
    this.panel.replaceChildren(...this.parts(thing, chart, stale));
    if (focused) this.panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    void this.draw(thing);
  }

  /** Time goes on: what no news came of may be out of date by now. */
  age(): void {
    if (this.thing) this.show(this.thing, this.at);
  }

  /** It cannot be read: it is gone, or hidden from this reader. */
  missing(): void {
    this.panel.hidden = false;
    this.thing = null;
    this.shown = this.about = "";
    this.panel.replaceChildren(this.close(), element("p", { id: "panel-title", class: "muted" }, word("thing-missing")));
  }

  private close(): HTMLElement {
    const close = element("button", { type: "button", class: "close", "aria-label": word("close"), "data-key": "close" }, "×");
    close.addEventListener("click", () => this.onClose());
    return close;
  }

  private isStale({ layer, observedAt, simulated }: Thing): boolean {
    const patience = this.layers.find(({ id }) => id === layer)?.stale ?? null;
    return isStale(observedAt === null ? null : Date.parse(observedAt) / 1000, simulated, patience, platformNow() / 1000);
  }

  private parts(thing: Thing, chart: HTMLElement | null, stale: boolean): HTMLElement[] {
    const mark = thing.simulated ? element("span", { class: "tag tag-simulated" }, word("simulated")) : null;
    const old = stale ? element("p", { class: "blocked small", "data-stale": "" }, word("stale-since", { at: fullTime(thing.observedAt ?? "") })) : null;
    return [
      this.close(),
      element("h2", { id: "panel-title" }, thing.name),
      element("p", { class: "muted small" }, [thing.layerName, thing.note].filter(Boolean).join(" · ")),
      element("p", { class: "state-line" }, element("span", { class: `pill s-${thing.state}` }, word(`level-${thing.state}`)), element("span", { class: "small" }, thing.legend), mark),
      ...(old ? [old] : []),
      ...(thing.orders ? [element("p", {}, element("a", { class: "button", href: thing.orders, "data-key": "orders" }, word("order-it")))] : []),
      values(thing),
      this.spans(thing),
      ...(thing.courses.length ? [chart ?? element("div", { class: "chart", id: "panel-chart", role: "img", "aria-label": this.chartName(thing) })] : []),
      this.cut(thing),
      element("h3", {}, word("rules-watching")),
      list(thing.rules.map((rule) => element("li", {}, element("a", { href: rule.url }, rule.name), ` ${rule.limit}`)), word("no-rules")),
      element("h3", {}, word("about-it")),
      list(thing.happenings.map((one) => element("li", {}, element("a", { href: one.url }, one.title), ` · ${one.more}`)), word("nothing-about-it")),
    ];
  }

  /** Of a line: what lies under it, on it and above it. */
  private cut(thing: Thing): HTMLElement {
    const button = element("button", { type: "button", class: "chip", "data-key": "cut", hidden: !thing.line }, word("section-of"));
    button.addEventListener("click", () => this.onCut(thing.id));
    return button;
  }

  private spans(thing: Thing): HTMLElement {
    const buttons = Object.keys(SPANS).map((span) => {
      const pressed = String(span === this.span);
      const button = element("button", { type: "button", "aria-pressed": pressed, "data-key": `span-${span}` }, word(`span-${span}`));
      button.addEventListener("click", () => {
        this.span = span;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        void this.draw(thing);
      });
      return button;
    });
    const chosen = this.course || thing.attribute;
    const which = element("select", { "data-key": "course", "aria-label": word("course") }, ...thing.courses.map(({ attribute, name }) => element("option", { value: attribute, selected: attribute === chosen }, name)));
    which.addEventListener("change", () => {
      this.course = which.value;
      void this.draw(thing);
    });
    if (!thing.courses.length) return element("div");
    return element("div", { class: "spread" }, which, element("div", { class: "spans" }, ...buttons));
  }

  private chartName({ courses, attribute: shown }: Thing): string {
    const chosen = courses.find(({ attribute }) => attribute === (this.course || shown)) ?? courses[0];
    return word("chart-of", { name: chosen?.name ?? "" });
  }

  private async draw(thing: Thing): Promise<void> {
    const holder = this.panel.querySelector<HTMLElement>("#panel-chart");
    if (!holder) return;
    const [{ drawChart }, series] = await Promise.all([import("../chart"), this.history(thing)]);
    if (!holder.isConnected || thing.id !== this.about) return;
    this.chart?.dispose();
    this.chart = null;
    holder.setAttribute("aria-label", this.chartName(thing));
    holder.replaceChildren();
    if (series.points.length) this.chart = drawChart(holder, series);
    else holder.replaceChildren(element("p", { class: "muted small" }, word("no-course")));
  }

  /** Through the same door as other people's programs: the temporal API, under the reader's policies. */
  private async history(thing: Thing): Promise<Series> {
    const { id, observedAt } = thing;
    const attribute = this.course || thing.attribute || thing.courses[0]?.attribute || "";
    const unit = thing.courses.find((one) => one.attribute === attribute)?.unit ?? "";
    const end = new Date(this.at ?? observedAt ?? Date.now());
    const start = new Date(end.getTime() - (SPANS[this.span] ?? HOUR));
    const query = new URLSearchParams({
      attrs: attribute,
      timerel: "between",
      timeAt: start.toISOString(),
      endTimeAt: new Date(end.getTime() + 1000).toISOString(),
      options: "temporalValues",
      lastN: "5000",
    });
    const answer = await fetch(`${this.temporal}${encodeURIComponent(id)}?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return { points: [], unit };
    const held = ((await answer.json()) as Temporal)[attribute] as { values?: [number | null, string][] } | undefined;
    const points = (held?.values ?? []).map(([value, at]): [string, number | null] => [at, value]);
    return { points: points.sort(([a], [b]) => (a < b ? -1 : 1)), unit };
  }
}

function values(thing: Thing): HTMLElement {
  const rows = thing.values.flatMap(({ name, value }) => [element("dt", {}, name), element("dd", {}, value)]);
  const at = thing.observedAt ? fullTime(thing.observedAt) : word("no-reading");
  return element("dl", { class: "facts" }, ...rows, element("dt", {}, word("observed")), element("dd", {}, at));
}

function list(items: HTMLElement[], nothing: string): HTMLElement {
  return items.length ? element("ul", {}, ...items) : element("p", { class: "muted small" }, nothing);
}

/** A thing at a moment of the past: state and figure as they were; other values are not told. */
export function asItStood(thing: Thing, then: Described, at: number, layer: LayerInfo | undefined): Thing {
  const state = BY_NUMBER[then.state]!;
  const said = then.figure === null ? "–" : figureWords(then.figure, layer, false);
  return { ...thing, state, legend: text(layer?.legend[state]), values: [{ name: thing.figureName, value: said }], observedAt: new Date(at).toISOString() };
}
