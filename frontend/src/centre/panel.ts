/** What is known about the selected station: values, course, the rules that watch it, cases about it. */
import type { Series } from "../chart";
import { element, find } from "../elements";
import { fullTime, handed, word } from "../words";
import type { Happening, Station } from "./state";

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
  private chart: { dispose(): void } | null = null;

  constructor(private readonly onClose: () => void) {
    this.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.onClose());
  }

  get width(): number {
    return this.panel.hidden ? 0 : this.panel.offsetWidth;
  }

  hide(): void {
    this.panel.hidden = true;
    this.shown = "";
  }

  /** Show or refresh; the same content is left alone, so that nothing moves under the pointer. */
  show(station: Station, happenings: Happening[]): void {
    const now = JSON.stringify([station, happenings]);
    if (now === this.shown && !this.panel.hidden) return;
    this.shown = now;
    const focused = this.panel.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.key : null;
    this.panel.hidden = false;
    this.panel.replaceChildren(...this.parts(station, happenings));
    if (focused) this.panel.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    void this.draw(station);
  }

  private parts(station: Station, happenings: Happening[]): HTMLElement[] {
    const close = element("button", { type: "button", class: "close", "aria-label": word("close"), "data-key": "close" }, "×");
    close.addEventListener("click", () => this.onClose());
    return [
      close,
      element("h2", { id: "panel-title" }, station.name),
      element("p", { class: "muted small" }, station.note),
      element("p", {}, element("span", { class: `pill s-${station.state}` }, word(`level-${station.state}`))),
      values(station),
      this.spans(station),
      element("div", { class: "chart", id: "panel-chart", role: "img", "aria-label": word("chart-of", { name: station.figureName }) }),
      element("h3", {}, word("rules-watching")),
      list(station.rules.map((rule) => element("li", {}, element("a", { href: rule.url }, rule.name), ` ${rule.limit}`)), word("no-rules")),
      element("h3", {}, word("about-it")),
      list(happenings.map((one) => element("li", {}, element("a", { href: one.url }, one.title), ` · ${one.more}`)), word("nothing-about-it")),
    ];
  }

  private spans(station: Station): HTMLElement {
    const buttons = Object.keys(SPANS).map((span) => {
      const pressed = String(span === this.span);
      const button = element("button", { type: "button", "aria-pressed": pressed, "data-key": `span-${span}` }, word(`span-${span}`));
      button.addEventListener("click", () => {
        this.span = span;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        void this.draw(station);
      });
      return button;
    });
    return element("div", { class: "spread" }, element("h3", {}, word("course-of", { name: station.figureName })), element("div", { class: "spans" }, ...buttons));
  }

  private async draw(station: Station): Promise<void> {
    const holder = this.panel.querySelector<HTMLElement>("#panel-chart");
    if (!holder) return;
    const [{ drawChart }, series] = await Promise.all([import("../chart"), this.history(station)]);
    this.chart?.dispose();
    this.chart = null;
    if (series.points.length) this.chart = drawChart(holder, series);
    else holder.replaceChildren(element("p", { class: "muted small" }, word("no-course")));
  }

  /** Through the same door as other people's programs: the temporal API, under the reader's policies. */
  private async history({ id, attribute, observedAt, unit }: Station): Promise<Series> {
    const end = observedAt ? new Date(observedAt) : new Date();
    const start = new Date(end.getTime() - (SPANS[this.span] ?? HOUR));
    const query = new URLSearchParams({
      attrs: attribute,
      timerel: "after",
      timeAt: start.toISOString(),
      options: "temporalValues",
      lastN: "1000",
    });
    const answer = await fetch(`${this.temporal}${encodeURIComponent(id)}?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return { points: [], unit };
    const held = ((await answer.json()) as Temporal)[attribute] as { values?: [number | null, string][] } | undefined;
    const points = (held?.values ?? []).map(([value, at]): [string, number | null] => [at, value]);
    return { points: points.sort(([a], [b]) => (a < b ? -1 : 1)), unit };
  }
}

function values(station: Station): HTMLElement {
  const rows = station.values.flatMap(({ name, value }) => [element("dt", {}, name), element("dd", {}, value)]);
  const at = station.observedAt ? fullTime(station.observedAt) : word("no-reading");
  return element("dl", { class: "facts" }, ...rows, element("dt", {}, word("observed")), element("dd", {}, at));
}

function list(items: HTMLElement[], nothing: string): HTMLElement {
  return items.length ? element("ul", {}, ...items) : element("p", { class: "muted small" }, nothing);
}
