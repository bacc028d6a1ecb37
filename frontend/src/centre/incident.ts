/** One case in the middle of everything: its area on the map, what stands near it, what was done. */
import { grouped } from "../grouping";
import { element, find } from "../elements";
import { figure, shortTime, text, word } from "../words";
import type { Feed } from "./feed";
import type { Described } from "./protocol";
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
  course: { at: string; words: string; who: string }[];
}

/** Of each layer at most so many things near it are named. */
const NAMED = 4;

export class IncidentPanel {
  private readonly box = find<HTMLElement>("#incident");

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
      const around = found.at ? await this.feed.around(...found.at, found.radius) : [];
      this.show(found, around);
      return found;
    } catch {
      this.box.hidden = false;
      this.box.replaceChildren(this.close(), element("p", { class: "muted" }, word("incident-missing", { number })));
      return null;
    }
  }

  private close(): HTMLElement {
    const close = element("button", { type: "button", class: "close", "aria-label": word("incident-leave") }, "×");
    close.addEventListener("click", () => {
      this.box.hidden = true;
      this.onClose();
    });
    return close;
  }

  private show(found: Incident, around: (Described & { away: number })[]): void {
    const said = [found.state, found.place].filter(Boolean).join(" · ");
    const steps = found.course.map(({ at, words, who }) => element("li", {}, element("time", { datetime: at }, shortTime(at)), element("span", {}, words), element("small", {}, who)));
    this.box.hidden = false;
    this.box.replaceChildren(
      this.close(),
      element("h2", {}, element("a", { href: found.url }, found.title)),
      element("p", { class: "muted small" }, said),
      element("h3", {}, word("incident-near", { n: figure(found.radius / 1000) })),
      found.at ? this.resources(around) : element("p", { class: "muted small" }, word("incident-nowhere")),
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
    const button = element("button", { type: "button", class: "plain" }, shape, thing.name, element("small", {}, ` ${Math.round(thing.away)} m`));
    button.addEventListener("click", () => this.onChoose(thing));
    return element("li", {}, button);
  }
}
