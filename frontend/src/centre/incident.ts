/** One case in the middle of everything: its area on the map, what stands near it, what was done. */
import { grouped } from "../grouping";
import { element, find } from "../elements";
import { figure, shortTime, text, word } from "../words";
import type { Feed } from "./feed";
import type { Box, Described } from "./protocol";
import { BY_NUMBER, loadJson, type LayerInfo } from "./state";

export interface Incident {
  number: string;
  title: string;
  state: string;
  category: string;
  place: string;
  final: boolean;
  at: [number, number] | null;
  radius: number;
  thing: string;
  url: string;
  opened: string;
  /** Cases that are parts of it: orders, shares of units. */
  tasks: { url: string; open: boolean; words: string; state: string; who: string }[];
  course: { at: string; words: string; who: string }[];
}

/** What the map shows of an incident: its area, with some room around it. */
export function areaOf([x, y]: [number, number], radius: number): Box {
  const high = (radius * 1.3) / 111_320;
  const wide = high / Math.cos((y * Math.PI) / 180);
  return [x - wide, y - high, x + wide, y + high];
}

/** Of each layer at most so many things near it are named. */
const NAMED = 4;

export class IncidentPanel {
  private readonly box = find<HTMLElement>("#incident");
  private shown = "";

  constructor(
    private readonly address: string,
    private readonly feed: Feed,
    private readonly layers: LayerInfo[],
    private readonly onChoose: (thing: Described) => void,
    private readonly onClose: () => void,
  ) {}

  /** The case as it stands; null when it cannot be read. */
  async open(number: string): Promise<Incident | null> {
    try {
      const found = await loadJson<Incident>(`${this.address}?case=${encodeURIComponent(number)}`);
      await this.show(found);
      return found;
    } catch {
      this.shown = "";
      this.box.hidden = false;
      this.box.replaceChildren(this.close(), element("p", { class: "muted" }, word("incident-missing", { number })));
      return null;
    }
  }

  private close(): HTMLElement {
    const close = element("button", { type: "button", class: "close", "aria-label": word("incident-leave"), "data-key": "leave" }, "×");
    close.addEventListener("click", () => {
      this.box.hidden = true;
      this.shown = "";
      this.onClose();
    });
    return close;
  }

  /** Read it again: it has gone on, or things have come. */
  async refresh(number: string): Promise<Incident | null> {
    try {
      const found = await loadJson<Incident>(`${this.address}?case=${encodeURIComponent(number)}`);
      if (!this.box.hidden) await this.show(found);
      return found;
    } catch {
      return null; // What stands there stays until it can be read again.
    }
  }

  /** The same content is left alone, so that nothing moves under the pointer. */
  private async show(found: Incident): Promise<void> {
    const around = found.at ? await this.feed.around(...found.at, found.radius) : [];
    const now = JSON.stringify([found, around.map(({ id, state, away }) => [id, state, Math.round(away)])]);
    if (now === this.shown) return;
    this.shown = now;
    const held = this.box.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.key : undefined;
    this.fill(found, around);
    if (held) this.box.querySelector<HTMLElement>(`[data-key="${CSS.escape(held)}"]`)?.focus();
  }

  private fill(found: Incident, around: (Described & { away: number })[]): void {
    const said = [found.state, found.place].filter(Boolean).join(" · ");
    const steps = found.course.map(({ at, words, who }) => element("li", {}, element("time", { datetime: at }, shortTime(at)), element("span", {}, words), element("small", {}, who)));
    this.box.hidden = false;
    this.box.replaceChildren(
      this.close(),
      element("h2", {}, element("a", { href: found.url }, found.title)),
      element("p", { class: "muted small" }, said),
      element("h3", {}, word("incident-near", { n: figure(found.radius / 1000) })),
      found.at ? this.resources(around) : element("p", { class: "muted small" }, word("incident-nowhere")),
      ...(found.tasks.length ? [element("h3", {}, word("incident-tasks")), element("ul", { class: "tasks" }, ...found.tasks.map(task))] : []),
      element("h3", {}, word("incident-course")),
      element("ol", { class: "course" }, ...steps.reverse()),
    );
  }

  /** What stands near, layer by layer, the nearest first. */
  private resources(around: (Described & { away: number })[]): HTMLElement {
    const by = grouped(around, ({ layer }) => layer);
    const groups = [...by].map(([layer, things]) => {
      const name = text(this.layers.find(({ id }) => id === layer)?.name);
      const named = things.sort((a, b) => a.away - b.away).slice(0, NAMED).map((thing) => this.resource(thing));
      const more = things.length > NAMED ? element("li", { class: "muted small" }, word("and-more", { n: things.length - NAMED })) : null;
      return element("li", {}, element("b", {}, `${name} ${things.length}`), element("ul", {}, ...named, ...(more ? [more] : [])));
    });
    return groups.length ? element("ul", { class: "resources" }, ...groups) : element("p", { class: "muted small" }, word("incident-nothing-near"));
  }

  private resource(thing: Described & { away: number }): HTMLElement {
    const shape = element("span", { class: "shape", "data-state": BY_NUMBER[thing.state], "aria-hidden": "true" });
    const button = element("button", { type: "button", class: "plain", "data-key": `near-${thing.id}` }, shape, thing.name, element("small", {}, ` ${Math.round(thing.away)} m`));
    button.addEventListener("click", () => this.onChoose(thing));
    return element("li", {}, button);
  }
}

function task({ url, open, words, state, who }: Incident["tasks"][number]): HTMLElement {
  const shape = element("span", { class: "shape", "data-state": open ? "notice" : "normal", "aria-hidden": "true" });
  return element("li", {}, shape, element("a", { href: url, "data-key": url }, words), ` ${[state, who].filter(Boolean).join(" · ")}`);
}
