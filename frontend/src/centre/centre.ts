/** Everything of the page put together: who shows what when something is chosen, comes in, or time is moved. */
import { find, write } from "../elements";
import { fullTime, handed, word } from "../words";
import { addressOf, keep, keepSoon, read, type Shown } from "./address";
import { platformNow, setClock } from "./clock";
import { controls } from "./controls";
import { Feed } from "./feed";
import { Framing } from "./framing";
import { areaOf, IncidentPanel, type Incident } from "./incident";
import { LayerBar } from "./layerbar";
import type { CentreMap } from "./map";
import { Marks, RELABEL, REST } from "./marks";
import { News, type Link } from "./news";
import { openMap } from "./opening";
import { asItStood, Panel } from "./panel";
import type { Hit } from "./points";
import type { ChangesMessage, Described, Summary, TableMessage } from "./protocol";
import { LeftRail, Stream } from "./rails";
import { Search } from "./search";
import { BY_NUMBER, loadJson, type Addresses, type LayerInfo, type Level, type State, type Thing } from "./state";
import type { Section } from "../section/section";
import { Timeline } from "./timeline";
import { Tooltip } from "./tooltip";
import { Guardian, rotate, scenesOf } from "./wall";

/** The panel reads its thing anew at most so often (ms) while the thing changes. */
const REREAD = 2_500;
/** Figures beside the map are written anew at most so often (ms): each time the page is laid out. */
const COUNTED = 1_000;
/** So near the map goes to a thing that was searched for. */
const NEAR = 15;
/** Things are told the time so often (s): what has had no word for long is then shown so. */
const TOLD = 5;

export class Centre {
  private readonly rail = new LeftRail((level) => void this.selectLevel(level));
  private readonly stream = new Stream((thing) => void this.rings(thing));
  private readonly panel: Panel;
  private readonly link = find<HTMLElement>("#link");
  private readonly feed: Feed;
  private readonly bar: LayerBar;
  private readonly timeline: Timeline;
  private readonly tooltip: Tooltip;
  private readonly incidents: IncidentPanel;
  private readonly guardian: Guardian | null;
  private readonly news: News;
  private readonly marks: Marks;
  private readonly framing: Framing;
  private map: CentreMap | null = null;
  /** Layer and slot of the selected thing, where it is among the layers shown. */
  private hit: Hit | null = null;
  private incident: Incident | null = null;
  private rereadDue: number | null = null;
  private countedDue: number | null = null;
  /** What has come since things were last counted. */
  private readonly summaries = new Map<string, Summary>();
  /** The section view, once somebody has asked for it. */
  private section: Promise<Section> | null = null;

  private constructor(
    private readonly addresses: Addresses,
    private readonly layers: LayerInfo[],
    state: State,
    private readonly shown: Shown,
  ) {
    this.news = new News(
      addresses,
      state,
      () => void this.followIncident().then(() => this.show()),
      (link) => this.showLink(link),
    );
    setClock(state.now);
    this.panel = new Panel(layers, () => void this.select(null), (id) => void this.cut(id));
    this.feed = new Feed(addresses, layers, {
      table: (message) => this.table(message),
      changes: (message) => this.changes(message),
      gone: (layer) => this.gone(layer),
      link: (link) => this.news.hearLink("map", link),
      failed: (layer) => this.failed(layer),
      loaded: ({ until, troubled }) => this.timeline.loaded(until, troubled),
      replaying: (how) => how === "failed" && this.timeline.failed(),
    });
    this.marks = new Marks(this.feed);
    this.framing = new Framing(this.feed, () => !shown.camera && !shown.case, () => this.covered);
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
    // Things are asked for at once; the engine and the outline come meanwhile.
    centre.start();
    await centre.draw();
  }

  private start(): void {
    const known = new Set(this.layers.map(({ id }) => id));
    const wanted = (this.shown.layers ?? this.layers.filter(({ on }) => on).map(({ id }) => id)).filter((id) => known.has(id));
    this.bar.show(wanted);
    this.feed.time(platformNow());
    this.feed.show(wanted);
    this.framing.wish(wanted);
    if (this.shown.span) this.timeline.open(...this.shown.span, this.shown.at);
    else this.feed.live();
    this.show();
    this.controls();
    this.news.start();
    setInterval(() => this.tick(), 1000);
    addEventListener("online", () => this.shown.span ?? this.feed.live(true));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.shown.thing && void this.select(null));
  }

  private async draw(): Promise<void> {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const holder = find<HTMLElement>("#map");
    this.map = await openMap(this.addresses.outline, {
      holder,
      tiles: this.addresses.tiles,
      camera: this.shown.camera,
      still,
      onSelect: (hit) => void this.press(hit),
      onHover: (hit, x, y) => void this.tooltip.show(hit, x, y),
      onMoved: (camera) => this.moved(camera),
      onDrawn: (things) => (things === null ? delete holder.dataset.drawn : (holder.dataset.drawn = String(things))),
    });
    if (!this.map) this.guardian?.blind();
    this.marks.map = this.map;
    for (const message of this.early) void this.map?.table(message);
    this.early = [];
    this.framing.begin(this.map);
    if (this.shown.thing) void this.select(this.shown.thing);
    if (this.shown.case) void this.enterIncident(this.shown.case);
    // A wall whose address names layers stays with them.
    if (this.shown.wall && !this.shown.layers) rotate(scenesOf(this.layers, word("scene-all")), ({ name, layers }) => this.scene(name, layers));
    void this.rings();
  }

  private early: TableMessage[] = [];

  // -- what comes in

  private table(message: TableMessage): void {
    if (this.map) void this.map.table(message);
    else this.early = [...this.early.filter(({ layer }) => layer !== message.layer), message];
    this.summaries.set(message.layer, message.summary);
    this.counted();
    this.marks.relabel(0);
    this.framing.came(message.layer);
    void this.followIncident();
    // Slots are dealt anew: the selected thing is looked up again, and may have changed with the rest.
    if (this.shown.thing) void this.refind().then(() => (this.rereadDue ??= window.setTimeout(() => void this.reread(), REREAD)));
  }

  private changes(message: ChangesMessage): void {
    void this.map?.changes(message);
    this.summaries.set(message.layer, message.summary);
    this.countedDue ??= window.setTimeout(() => this.counted(), COUNTED);
    this.marks.relabel(RELABEL);
    if (this.hit?.layer === message.layer && message.slots.includes(this.hit.slot)) {
      this.rereadDue ??= window.setTimeout(() => void this.reread(), REREAD);
      this.marks.follow(() => this.hit);
    }
  }

  private failed(layer: string): void {
    this.bar.fail(layer);
    this.framing.came(layer);
  }

  private gone(layer: string): void {
    void this.map?.drop(layer);
    this.early = this.early.filter((message) => message.layer !== layer);
    this.summaries.delete(layer);
    this.bar.summarise(layer, null);
    this.counted();
    this.marks.relabel(0);
  }

  private counted(): void {
    this.countedDue = null;
    for (const [layer, summary] of this.summaries) this.bar.summarise(layer, summary);
    this.summaries.clear();
    this.rail.count(this.bar.counts, this.bar.stale);
    this.timeline.newest(this.bar.newest);
    find<HTMLElement>("#simulated").hidden = !this.bar.simulated;
    find<HTMLElement>("#no-readings").hidden = this.bar.newest > 0 || this.bar.counts.some((n, state) => n > 0 && state > 0) || this.shown.span !== null;
  }

  private showLink(link: Link): void {
    if (link !== "waiting") this.guardian?.link(link);
    document.body.classList.toggle("stale", link === "lost");
    if (this.link.dataset.state === link || link === "waiting") return;
    this.link.dataset.state = link;
    this.link.textContent = word(`link-${link}`);
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

  /** The next thing of those that are counted together. */
  private async selectLevel(level: Level | "stale"): Promise<void> {
    const those = level === "stale" ? await this.feed.stale(2_000) : await this.feed.inState(BY_NUMBER.indexOf(level), 2_000);
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
    return asItStood(thing, then, at, this.layers.find(({ id }) => id === then.layer));
  }

  private rings(hinted: string | null = null): Promise<void> {
    const alarmed = this.timeline.at === null ? this.news.alarmed : new Set<string>();
    return this.marks.rings({ alarmed, chosen: hinted ?? this.shown.thing, incident: this.incident });
  }

  private moved(camera: Shown["camera"]): void {
    if (camera) {
      this.shown.camera = camera;
      keepSoon(this.shown);
    }
    this.marks.relabel(REST, true);
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
    keepSoon(this.shown);
    if (this.shown.thing) this.rereadDue ??= window.setTimeout(() => void this.reread(), 300);
  }

  // -- incidents and scenes

  private async enterIncident(number: string): Promise<void> {
    this.shown.case = number;
    keep(this.shown);
    document.body.classList.add("incident");
    this.incident = await this.incidents.open(number);
    if (this.incident?.at && !this.shown.camera) await this.map?.lookAt(areaOf(this.incident.at, this.incident.radius));
    this.show();
    await this.rings();
  }

  /** It has gone on, or things near it have come. */
  private async followIncident(): Promise<void> {
    const number = this.incident?.number;
    const found = number ? await this.incidents.refresh(number) : null;
    if (found && this.shown.case === number) this.incident = found;
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
    this.framing.wish(layers);
    this.feed.live();
  }

  // -- the rails

  private show(): void {
    this.rail.show(this.news.state);
    const { incident } = this;
    const about = incident ? this.news.state.happenings.filter((one) => one.key.endsWith(`:${incident.number}`) || (incident.thing && one.station === incident.thing)) : null;
    this.stream.show(about ?? this.news.state.happenings);
    void this.rings();
  }

  private controls(): void {
    controls({
      zoom: (by) => this.map?.zoom(by),
      home: () => {
        this.shown.camera = null;
        keep(this.shown);
        void this.map?.overlook(null, this.covered);
      },
      themed: () => {
        this.map?.repaint();
        this.timeline.repaint();
      },
      address: () => addressOf({ ...this.shown, layers: this.bar.chosen, camera: this.map?.camera ?? null, span: this.timeline.stretch, at: this.timeline.at }),
    });
    find("#cut").addEventListener("click", () => void this.cut(this.shown.thing));
  }

  /** The section view comes with its own engine, so it is loaded when it is wanted. */
  private async cut(id: string | null): Promise<void> {
    this.section ??= import("../section/section").then(({ Section }) => new Section(this.feed, this.layers, this.addresses.layers));
    await (await this.section).open(id);
  }

  private ticks = 0;
  private tick(): void {
    if (++this.ticks % TOLD === 0) this.feed.time(platformNow());
    this.panel.age();
    write("#wall-clock", fullTime(new Date()));
  }
}
