/** Everything of the page put together: who shows what when something is chosen, comes in, or time is moved. */
import { find } from "../elements";
import { follow } from "../live/events";
import type { Message } from "../live/protocol";
import { loadOutline, type Outline } from "../map/outline";
import { fullTime, handed, word } from "../words";
import { addressOf, keep, read, type Shown } from "./address";
import { Feed } from "./feed";
import { IncidentPanel, type Incident } from "./incident";
import { LayerBar } from "./layerbar";
import { CentreMap, type CentreMapOptions, type Ring } from "./map";
import { Panel } from "./panel";
import type { Hit } from "./points";
import type { ChangesMessage, Described, TableMessage } from "./protocol";
import { LeftRail, Stream } from "./rails";
import { Search } from "./search";
import { BY_NUMBER, loadJson, type Addresses, type LayerInfo, type Level, type State, type Thing } from "./state";
import { currentTheme, turnTheme } from "./theme";
import { Timeline } from "./timeline";
import { Tooltip } from "./tooltip";
import { Guardian, rotate, scenesOf } from "./wall";

/** How long changes of alerts and cases are gathered before a look (ms). */
const GATHER = 100;
/** Also look now and then, so that times left stay true when nothing changes. */
const LOOK_ANYWAY = 30_000;
/** The panel reads its thing anew at most so often (ms) while the thing changes. */
const REREAD = 2_500;
/** Names on the map are chosen anew at most so often (ms). */
const RELABEL = 3_000;
const LABELS = 60;
/** So near the map goes to a thing that was searched for. */
const NEAR = 15;

export class Centre {
  private readonly rail = new LeftRail((level) => void this.selectLevel(level));
  private readonly stream = new Stream((thing) => void this.ring(thing));
  private readonly panel = new Panel(() => void this.select(null));
  private readonly link = find<HTMLElement>("#link");
  private readonly feed: Feed;
  private readonly bar: LayerBar;
  private readonly timeline: Timeline;
  private readonly tooltip: Tooltip;
  private readonly incidents: IncidentPanel;
  private readonly guardian: Guardian | null;
  private map: CentreMap | null = null;
  /** Layer and slot of the selected thing, where it is among the layers shown. */
  private hit: Hit | null = null;
  private incident: Incident | null = null;
  private due: number | null = null;
  private rereadDue: number | null = null;
  private relabelDue: number | null = null;
  private loading = false;
  private again = false;
  /** What both connections last said of themselves. */
  private readonly lines: Record<"rails" | "map", "live" | "lost" | null> = { rails: null, map: null };

  private constructor(
    private readonly addresses: Addresses,
    private readonly layers: LayerInfo[],
    private state: State,
    private readonly shown: Shown,
  ) {
    this.feed = new Feed(addresses, {
      table: (message) => this.table(message),
      changes: (message) => this.changes(message),
      gone: (layer) => this.gone(layer),
      link: (link) => this.hearLink("map", link),
      failed: (layer) => this.bar.fail(layer),
      loaded: ({ until, troubled }) => this.timeline.loaded(until, troubled),
      replaying: (how) => how === "failed" && this.timeline.failed(),
    });
    this.bar = new LayerBar(layers, (chosen) => this.choose(chosen));
    this.tooltip = new Tooltip(this.feed, layers);
    this.timeline = new Timeline({
      live: () => this.goLive(),
      replay: ({ from, to, step }) => this.feed.replay(from, to, step),
      seek: (step, glide) => this.seek(step, glide),
    });
    this.incidents = new IncidentPanel(addresses.incident, this.feed, layers, (thing) => void this.select(thing.id, thing), () => void this.leaveIncident());
    this.guardian = shown.wall ? new Guardian(addresses.state) : null;
    new Search(this.feed, layers, (thing) => void this.select(thing.id, thing, NEAR));
  }

  static async open(): Promise<void> {
    const addresses = handed<Addresses>("addresses");
    const state = handed<State>("state");
    const layers = handed<LayerInfo[]>("layer-list");
    if (!addresses || !state || !layers) return;
    const centre = new Centre(addresses, layers, state, read());
    // Things are asked for at once; the outline comes meanwhile.
    centre.start();
    centre.draw(await loadOutline(addresses.outline));
  }

  private start(): void {
    const known = new Set(this.layers.map(({ id }) => id));
    const wanted = (this.shown.layers ?? this.layers.filter(({ on }) => on).map(({ id }) => id)).filter((id) => known.has(id));
    this.bar.show(wanted);
    this.feed.show(wanted);
    if (this.shown.span) this.timeline.open(...this.shown.span, this.shown.at);
    else this.feed.live();
    this.show();
    this.controls();
    follow(this.addresses.events, this.state.asker, (message) => this.hear(message));
    setInterval(() => void this.refresh(), LOOK_ANYWAY);
    setInterval(() => this.tick(), 1000);
    addEventListener("online", () => this.shown.span ?? this.feed.live(true));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.shown.thing && void this.select(null));
  }

  private draw(outline: Outline): void {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = openMap({
      holder: find<HTMLElement>("#map"),
      outline,
      tiles: this.addresses.tiles,
      camera: this.shown.camera,
      still,
      onSelect: (hit) => void this.press(hit),
      onHover: (hit, x, y) => void this.tooltip.show(hit, x, y),
      onMoved: (camera) => this.moved(camera),
    });
    for (const message of this.early) void this.map?.table(message);
    this.early = [];
    if (this.shown.thing) void this.select(this.shown.thing);
    if (this.shown.case) void this.enterIncident(this.shown.case);
    if (this.shown.wall) rotate(scenesOf(this.layers, word("scene-all")), ({ name, layers }) => this.scene(name, layers));
    void this.rings();
  }

  private early: TableMessage[] = [];

  // -- what comes in

  private table(message: TableMessage): void {
    if (this.map) void this.map.table(message);
    else this.early = [...this.early.filter(({ layer }) => layer !== message.layer), message];
    this.bar.summarise(message.layer, message.summary);
    this.counted();
    this.relabel(0);
    // Slots are dealt anew: the selected thing is looked up again.
    if (this.shown.thing) void this.refind();
  }

  private changes(message: ChangesMessage): void {
    void this.map?.changes(message);
    this.bar.summarise(message.layer, message.summary);
    this.counted();
    this.relabel(RELABEL);
    if (this.hit?.layer === message.layer && message.slots.includes(this.hit.slot)) {
      this.rereadDue ??= window.setTimeout(() => void this.reread(), REREAD);
      this.keepRing();
    }
  }

  private gone(layer: string): void {
    void this.map?.drop(layer);
    this.early = this.early.filter((message) => message.layer !== layer);
    this.bar.summarise(layer, null);
    this.counted();
    this.relabel(0);
  }

  private counted(): void {
    this.rail.count(this.bar.counts);
    this.timeline.newest(this.bar.newest);
    find<HTMLElement>("#simulated").hidden = !this.bar.simulated;
    find<HTMLElement>("#no-readings").hidden = this.bar.newest > 0 || this.bar.counts.some((n, state) => n > 0 && state > 0) || this.shown.span !== null;
    find<HTMLElement>("#map").dataset.drawn = String(this.bar.counts.reduce((sum, n) => sum + n, 0));
  }

  private hear(message: Message): void {
    if (message.kind === "link") {
      this.hearLink("rails", message.state);
      if (message.state === "live") this.refreshSoon();
    } else this.refreshSoon();
  }

  private hearLink(line: "rails" | "map", state: "live" | "lost"): void {
    this.lines[line] = state;
    const both = Object.values(this.lines);
    const now = both.includes("lost") ? "lost" : both.includes(null) ? "waiting" : "live";
    if (now !== "waiting") this.guardian?.link(now);
    document.body.classList.toggle("stale", now === "lost");
    if (this.link.dataset.state === now || now === "waiting") return;
    this.link.dataset.state = now;
    this.link.textContent = word(`link-${now}`);
  }

  // -- choosing

  private choose(layers: string[]): void {
    this.shown.layers = layers;
    keep(this.shown);
    this.feed.show(layers);
    const { stretch, at } = this.timeline;
    if (stretch) this.timeline.open(...stretch, at);
    else this.feed.live();
  }

  private async press(hit: Hit | null): Promise<void> {
    const thing = hit && (await this.feed.describe(hit.layer, hit.slot));
    await this.select(thing?.id ?? null, thing);
  }

  /** Select a thing, which may be in no layer that is shown; `near` says how near the map goes to it. */
  private async select(id: string | null, known: Described | null = null, near: number | null = null): Promise<void> {
    this.shown.thing = id;
    keep(this.shown);
    this.hit = known;
    if (!id) {
      this.panel.hide();
      if (this.map?.overview) void this.map.look(null, this.covered);
      return this.rings();
    }
    const thing = await this.reread();
    if (this.shown.thing !== id) return;
    if (!this.hit) await this.refind();
    const at = known ? ([known.longitude, known.latitude] as [number, number]) : thing?.place;
    if (at && this.map) this.bringOut(at, near);
    await this.rings();
  }

  /** Let the panel cover nothing: the overview moves beside it, a nearer view only brings the thing out. */
  private bringOut(at: [number, number], near: number | null): void {
    if (near !== null) void this.map?.look({ at, zoom: near }, this.covered);
    else if (this.map?.overview) void this.map.look(null, this.covered);
    else if (this.map?.hides(at, this.covered)) void this.map.look({ at }, this.covered);
  }

  private get covered(): { right: number; bottom: number } {
    const narrow = matchMedia("(max-width: 900px)").matches;
    const width = this.panel.width + (this.panel.width ? 12 : 0);
    return narrow ? { right: 0, bottom: width ? 220 : 0 } : { right: width, bottom: 0 };
  }

  private async selectLevel(level: Level): Promise<void> {
    const those = await this.feed.inState(BY_NUMBER.indexOf(level), 2_000);
    const at = those.findIndex(({ id }) => id === this.shown.thing);
    const next = those[(at + 1) % those.length];
    if (next) await this.select(next.id, next);
  }

  private async refind(): Promise<void> {
    const id = this.shown.thing;
    const [found] = id ? await this.feed.locate([id]) : [];
    if (this.shown.thing === id) this.hit = found ?? null;
  }

  /** The selected thing as it stands, or as it stood. */
  private async reread(): Promise<Thing | null> {
    this.rereadDue = null;
    const id = this.shown.thing;
    if (!id) return null;
    const layer = this.hit ? `&layer=${encodeURIComponent(this.hit.layer)}` : "";
    try {
      const thing = await loadJson<Thing>(`${this.addresses.thing}?id=${encodeURIComponent(id)}${layer}`);
      if (this.shown.thing === id) this.panel.show(await this.then(thing), this.timeline.at);
      return thing;
    } catch {
      if (this.shown.thing === id) this.panel.missing();
      return null;
    }
  }

  /** In a replay state and figure are those of the moment shown; other values are not told. */
  private async then(thing: Thing): Promise<Thing> {
    const at = this.timeline.at;
    const then = at !== null && this.hit ? await this.feed.describe(this.hit.layer, this.hit.slot) : null;
    if (!then || at === null) return thing;
    const level = BY_NUMBER[then.state]!;
    const info = this.layers.find(({ id }) => id === then.layer);
    const said = then.figure === null ? "–" : `${String(then.figure)} ${thing.unit}`;
    const legend = info?.legend[level];
    const spoken = document.documentElement.lang.startsWith("en") ? "en" : "zh-hans";
    return { ...thing, state: level, legend: legend?.[spoken] ?? "", values: [{ name: thing.figureName, value: said }], observedAt: new Date(at).toISOString() };
  }

  // -- rings and names

  private async ring(thing: string): Promise<void> {
    await this.rings(thing);
  }

  private async rings(hinted: string | null = null): Promise<void> {
    const alarmed = new Set(this.state.happenings.filter((one) => one.kind === "alert" && one.level !== "normal").map((one) => one.station));
    const chosen = hinted ?? this.shown.thing;
    const places = await this.feed.locate([...alarmed, ...(chosen ? [chosen] : [])].filter(Boolean));
    const rings: Ring[] = this.timeline.at === null ? places.filter(({ id }) => alarmed.has(id)).map(({ longitude, latitude }) => ({ longitude, latitude, kind: "alarmed" })) : [];
    const selected = places.find(({ id }) => id === chosen);
    if (selected) rings.push({ longitude: selected.longitude, latitude: selected.latitude, kind: "selected" });
    const at = this.incident?.at;
    if (at) rings.push({ longitude: at[0], latitude: at[1], kind: "area", radius: this.incident!.radius });
    await this.map?.show(rings);
  }

  /** The ring of a moving thing goes with it while it glides. */
  private keepRing(): void {
    const until = performance.now() + 1_200;
    const step = () => {
      const at = this.hit && this.map?.placeOf(this.hit);
      if (at) this.map?.follow(...at);
      if (performance.now() < until) requestAnimationFrame(step);
    };
    if (!this.ringing) {
      this.ringing = true;
      setTimeout(() => (this.ringing = false), 1_200);
      step();
    }
  }

  private ringing = false;

  private relabel(wait: number): void {
    this.relabelDue ??= window.setTimeout(async () => {
      this.relabelDue = null;
      if (!this.map) return;
      const { total, things } = await this.feed.inside({ ...this.map.window, most: LABELS, still: true });
      // Among very many, only what calls for somebody is named.
      const named = total > 4 * LABELS ? things.filter(({ state }) => state > 2) : things;
      await this.map.label(named);
    }, wait);
  }

  private moved(camera: Shown["camera"]): void {
    if (camera) {
      this.shown.camera = camera;
      keep(this.shown);
    }
    this.relabel(0);
  }

  // -- time

  private goLive(): void {
    this.shown.span = this.shown.at = null;
    keep(this.shown);
    this.feed.live();
    void this.reread();
    void this.rings();
  }

  private seek(step: number, glide: number): void {
    this.feed.seek(step, glide);
    this.shown.span = this.timeline.stretch;
    this.shown.at = this.timeline.at;
    this.keepSoon();
    if (this.shown.thing) this.rereadDue ??= window.setTimeout(() => void this.reread(), 300);
  }

  /** The address is not written at every step: browsers count. */
  private keepSoon(): void {
    this.kept ??= window.setTimeout(() => {
      this.kept = null;
      keep(this.shown);
    }, 500);
  }

  private kept: number | null = null;

  // -- incidents and scenes

  private async enterIncident(number: string): Promise<void> {
    this.shown.case = number;
    keep(this.shown);
    document.body.classList.add("incident");
    this.incident = await this.incidents.open(number);
    if (this.incident?.at && !this.shown.camera) {
      const [x, y] = this.incident.at;
      const high = (this.incident.radius * 1.3) / 111_320;
      const wide = high / Math.cos((y * Math.PI) / 180);
      await this.map?.lookAt([x - wide, y - high, x + wide, y + high]);
    }
    this.show();
    await this.rings();
  }

  private async leaveIncident(): Promise<void> {
    this.shown.case = null;
    this.incident = null;
    document.body.classList.remove("incident");
    keep(this.shown);
    this.show();
    await this.rings();
  }

  private scene(name: string, layers: string[]): void {
    find<HTMLElement>("#scene").textContent = name;
    this.bar.show(layers);
    this.feed.show(layers);
    this.feed.live();
    void this.map?.look(null, { right: 0, bottom: 0 });
  }

  // -- the rails

  private show(): void {
    this.rail.show(this.state);
    const { incident } = this;
    const about = incident ? this.state.happenings.filter((one) => one.key.endsWith(`:${incident.number}`) || (incident.thing && one.station === incident.thing)) : null;
    this.stream.show(about ?? this.state.happenings);
    void this.rings();
  }

  private refreshSoon(): void {
    this.due ??= window.setTimeout(() => {
      this.due = null;
      void this.refresh();
    }, GATHER);
  }

  /** One look at a time; what changes during a look asks for one more. */
  private async refresh(): Promise<void> {
    if (this.loading) {
      this.again = true;
      return;
    }
    this.loading = true;
    try {
      this.state = await loadJson<State>(this.addresses.state);
      this.show();
      if (this.lines.rails) this.hearLink("rails", "live");
    } catch {
      this.hearLink("rails", "lost");
    } finally {
      this.loading = false;
    }
    if (this.again) {
      this.again = false;
      this.refreshSoon();
    }
  }

  private tick(): void {
    find<HTMLTimeElement>("#wall-clock").textContent = fullTime(new Date());
  }

  // -- buttons

  private controls(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-zoom]")) button.addEventListener("click", () => this.map?.zoom(Number(button.dataset.zoom)));
    find("#home").addEventListener("click", () => {
      this.shown.camera = null;
      keep(this.shown);
      void this.map?.look(null, this.covered);
    });
    find("#theme").addEventListener("click", () => {
      turnTheme();
      this.map?.repaint();
      this.timeline.repaint();
      this.sayTheme();
    });
    find("#share").addEventListener("click", (event) => void this.share(event.currentTarget as HTMLElement));
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-fold]")) button.addEventListener("click", () => fold(button));
    this.sayTheme();
  }

  private sayTheme(): void {
    find<HTMLElement>("#theme").setAttribute("aria-label", word(currentTheme() === "dark" ? "theme-light" : "theme-dark"));
  }

  /** The address of exactly what is seen, into the clipboard; where that is not allowed, into view. */
  private async share(button: HTMLElement): Promise<void> {
    const address = addressOf({ ...this.shown, layers: this.bar.chosen, camera: this.map?.camera ?? null, span: this.timeline.stretch, at: this.timeline.at }).href;
    const says = find<HTMLInputElement>("#share-says");
    says.value = address;
    says.hidden = false;
    says.select();
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = word("copied");
      says.hidden = true;
    } catch {
      button.textContent = word("copy-this");
    }
    setTimeout(() => {
      button.textContent = word("share");
      says.hidden = true;
    }, 6_000);
  }
}

/** A rail folded away leaves its room to the map. */
function fold(button: HTMLButtonElement): void {
  const folded = document.body.classList.toggle(`folded-${button.dataset.fold}`);
  button.setAttribute("aria-expanded", String(!folded));
}

/** Without WebGL the rails still work, and the page says so. */
function openMap(options: CentreMapOptions): CentreMap | null {
  try {
    return new CentreMap(options);
  } catch {
    find<HTMLElement>("#no-map").hidden = false;
    return null;
  }
}
