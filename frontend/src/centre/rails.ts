/** The two rails: indicators and counts on the left, what happens on the right. */
import { drawing, element, find } from "../elements";
import { figure, shortTime, word } from "../words";
import { BY_NUMBER, LEVELS, type Gauge, type Happening, type Level, type State } from "./state";

export class LeftRail {
  private readonly gauges = find<HTMLElement>("#gauges");
  private readonly counts = find<HTMLElement>("#counts");
  private was = "";
  private counted = "";
  /** What is in the list: as long as that is the same, only numbers are written. */
  private listed = "";

  constructor(private readonly onLevel: (level: Level | "stale") => void) {}

  show(state: State): void {
    const now = JSON.stringify(state.gauges);
    if (now === this.was) return;
    this.was = now;
    const nothing = element("p", { class: "muted small" }, word("no-indicators"));
    this.keepFocus(() => this.gauges.replaceChildren(...(state.gauges.length ? state.gauges.map(gauge) : [nothing])));
  }

  /** How many things of the layers shown are in each state, by its number; and of how many that is not fresh any more. */
  count(counts: number[], stale: number): void {
    const now = [...counts, stale].join();
    if (now === this.counted) return;
    this.counted = now;
    const of = (level: Level | "stale") => (level === "stale" ? stale : counts[BY_NUMBER.indexOf(level)]!);
    const present = [...LEVELS, "stale" as const].filter(of);
    if (present.join() === this.listed) return this.renumber(present.map(of));
    this.listed = present.join();
    this.keepFocus(() => this.counts.replaceChildren(...present.map((level) => this.button(level, of(level)))));
  }

  private renumber(numbers: number[]): void {
    this.counts.querySelectorAll("b").forEach((box, n) => {
      const said = figure(numbers[n]!, 0);
      if (box.textContent !== said) box.textContent = said;
    });
  }

  private button(level: Level | "stale", n: number): HTMLElement {
    const shape = element("span", { class: "shape", "data-state": level, "aria-hidden": "true" });
    const button = element("button", { type: "button", "data-key": `count-${level}` }, shape, word(level === "stale" ? "of-them-stale" : `level-${level}`), element("b", {}, figure(n, 0)));
    button.addEventListener("click", () => this.onLevel(level));
    return button;
  }

  private keepFocus(put: () => void): void {
    const held = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : undefined;
    put();
    if (held) document.querySelector<HTMLElement>(`[data-key="${CSS.escape(held)}"]`)?.focus();
  }
}

function gauge(one: Gauge): HTMLElement {
  const value = one.value === null ? word("no-value") : figure(one.value);
  return element(
    "a",
    { class: "gauge", href: one.url, "data-key": `gauge-${one.id}` },
    element("span", { class: "name" }, one.name),
    element("span", { class: "target" }, one.targetText),
    element("span", { class: one.value === null ? "value none" : "value" }, value, element("small", {}, one.value === null ? "" : ` ${one.unit}`)),
    spark(one),
    element("span", { class: "more" }, element("span", {}, one.more), element("span", {}, one.trend)),
  );
}

/** The course of the runs, with the target as a dashed line. */
function spark({ points, target }: Gauge): SVGElement {
  const svg = drawing("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none", "aria-hidden": "true" });
  if (points.length < 2) return svg;
  const all = target === null ? points : [...points, target];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = (value: number) => 36 - ((value - low) / (high - low || 1)) * 32;
  if (target !== null) svg.append(drawing("line", { class: "aim", x1: 0, x2: 100, y1: y(target), y2: y(target) }));
  const step = 100 / (points.length - 1);
  const line = points.map((value, n) => `${(n * step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  svg.append(drawing("polyline", { class: "line", points: line }));
  return svg;
}

/** New things wait while the pointer or the focus is in the list: what one is about to press does not move. */
export class Stream {
  private readonly rail = find<HTMLElement>("#stream-rail");
  private readonly list = find<HTMLElement>("#stream");
  private readonly held = find<HTMLButtonElement>("#held");
  private shown = new Map<string, string>();
  private waiting: Happening[] | null = null;

  constructor(private readonly onSelect: (station: string) => void) {
    this.held.addEventListener("click", () => this.release());
    this.rail.addEventListener("pointerleave", () => this.release());
    this.rail.addEventListener("focusout", () => queueMicrotask(() => this.busy || this.release()));
  }

  show(happenings: Happening[]): void {
    if (this.busy && this.shown.size && this.moves(happenings)) {
      this.waiting = happenings;
      this.held.hidden = false;
      this.held.textContent = word("held", { n: happenings.filter((one) => !this.shown.has(one.key)).length });
      return;
    }
    this.put(happenings);
  }

  private get busy(): boolean {
    return this.rail.matches(":hover") || this.rail.contains(document.activeElement);
  }

  private moves(happenings: Happening[]): boolean {
    return happenings.map((one) => one.key).join() !== [...this.shown.keys()].join();
  }

  private release(): void {
    const waiting = this.waiting;
    this.waiting = null;
    this.held.hidden = true;
    if (waiting) this.put(waiting);
  }

  private put(happenings: Happening[]): void {
    const first = this.shown.size === 0;
    const old = new Map([...this.list.children].map((item) => [(item as HTMLElement).dataset.key, item]));
    const items = happenings.map((one) => {
      const kept = old.get(one.key);
      if (kept && this.shown.get(one.key) === JSON.stringify(one)) return kept;
      return this.item(one, !first && !this.shown.has(one.key));
    });
    if (items.length) this.list.replaceChildren(...items);
    else this.list.replaceChildren(element("li", { class: "empty" }, element("strong", {}, word("nothing-happens")), word("nothing-happens-more")));
    this.shown = new Map(happenings.map((one) => [one.key, JSON.stringify(one)]));
  }

  private item(one: Happening, fresh: boolean): HTMLElement {
    const link = element(
      "a",
      { class: "event", href: one.url },
      element("span", { class: "shape", "data-state": one.level, title: one.levelWord }),
      element("span", { class: "title" }, element("span", { class: "visually-hidden" }, `${one.levelWord}: `), one.title),
      element("time", { class: "time", datetime: one.at }, shortTime(one.at)),
      element("span", { class: "more" }, one.more),
    );
    link.addEventListener("pointerenter", () => one.station && this.onSelect(one.station));
    return element("li", { "data-key": one.key, class: fresh ? "fresh" : undefined }, link);
  }
}
