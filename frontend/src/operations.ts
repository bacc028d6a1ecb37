/** The operations centre: one state, three places that show it, news by the shared connection. */
import "./styles/base.css";
import "./styles/operations.css";
import { CentreMap } from "./centre/map";
import { Panel } from "./centre/panel";
import { LeftRail, Stream } from "./centre/rails";
import { loadState, type Level, type State } from "./centre/state";
import { dropAtSignOut } from "./draft";
import { find } from "./elements";
import { follow } from "./live/events";
import type { Message } from "./live/protocol";
import { loadOutline } from "./map/outline";
import { fullTime, handed, word } from "./words";

interface Addresses {
  state: string;
  events: string;
  outline: string;
  tiles: string;
}

/** How long changes are gathered before a look (ms): what calls for somebody is shown at once. */
const URGENT = new Set(["Alert", "Case"]);
const GATHER_URGENT = 100;
const GATHER = 1_000;
/** Also look now and then, so that times left stay true when nothing changes. */
const LOOK_ANYWAY = 30_000;

class Centre {
  private readonly rail = new LeftRail((level) => this.selectLevel(level));
  private readonly stream = new Stream((station) => this.hint(station));
  private readonly panel = new Panel(() => this.select(null));
  private readonly link = find<HTMLElement>("#link");
  private state: State;
  private selected = new URLSearchParams(location.search).get("station");
  private due: { at: number; timer: number } | null = null;
  /** What the shared connection last said of itself. */
  private connection: "live" | "lost" | null = null;
  private loading = false;
  private again = false;

  constructor(
    private readonly addresses: Addresses,
    private readonly map: CentreMap | null,
    state: State,
  ) {
    this.state = state;
  }

  start(): void {
    this.show();
    if (this.selected) this.look();
    follow(this.addresses.events, this.state.asker, (message) => this.hear(message));
    setInterval(() => void this.refresh(), LOOK_ANYWAY);
    setInterval(() => this.tick(), 1000);
    addEventListener("online", () => void this.refresh());
  }

  select(id: string | null): void {
    this.selected = id;
    const address = new URL(location.href);
    if (id) address.searchParams.set("station", id);
    else address.searchParams.delete("station");
    history.replaceState(null, "", address);
    this.show();
    this.look();
  }

  private look(): void {
    const narrow = matchMedia("(max-width: 900px)").matches;
    const covered = this.panel.width + (this.panel.width ? 12 : 0);
    void this.map?.look(this.selected, narrow ? { right: 0, bottom: covered ? 220 : 0 } : { right: covered, bottom: 0 });
  }

  private hint(station: string): void {
    void this.map?.show(this.state.stations, this.alarmed, station);
  }

  private selectLevel(level: Level): void {
    const those = this.state.stations.filter((one) => one.state === level);
    const at = those.findIndex((one) => one.id === this.selected);
    const next = those[(at + 1) % those.length];
    if (next) this.select(next.id);
  }

  private get alarmed(): Set<string> {
    return new Set(this.state.happenings.filter((one) => one.kind === "alert" && one.level !== "normal").map((one) => one.station));
  }

  private show(): void {
    this.rail.show(this.state);
    this.stream.show(this.state.happenings);
    void this.map?.show(this.state.stations, this.alarmed, this.selected);
    const station = this.state.stations.find((one) => one.id === this.selected);
    if (station) this.panel.show(station, this.state.happenings.filter((one) => one.station === station.id));
    else this.panel.hide();
    find<HTMLElement>("#no-readings").hidden = this.state.stations.some((one) => one.observedAt !== null);
  }

  private hear(message: Message): void {
    if (message.kind === "changed") return this.refreshSoon(URGENT.has(message.type) ? GATHER_URGENT : GATHER);
    this.connection = message.state;
    this.showLink(message.state);
    if (message.state === "live") this.refreshSoon(GATHER_URGENT);
  }

  private showLink(state: "live" | "lost"): void {
    if (this.link.dataset.state === state) return;
    this.link.dataset.state = state;
    this.link.textContent = word(`link-${state}`);
  }

  /** The earlier of two wishes counts. */
  private refreshSoon(wait: number): void {
    const at = performance.now() + wait;
    if (this.due !== null && this.due.at <= at) return;
    if (this.due !== null) clearTimeout(this.due.timer);
    const timer = window.setTimeout(() => {
      this.due = null;
      void this.refresh();
    }, wait);
    this.due = { at, timer };
  }

  /** One look at a time; what changes during a look asks for one more. */
  private async refresh(): Promise<void> {
    if (this.loading) {
      this.again = true;
      return;
    }
    this.loading = true;
    try {
      this.state = await loadState(this.addresses.state);
      this.show();
      if (this.connection) this.showLink(this.connection);
    } catch {
      this.showLink("lost");
    } finally {
      this.loading = false;
    }
    if (this.again) {
      this.again = false;
      this.refreshSoon(GATHER_URGENT);
    }
  }

  private tick(): void {
    const clock = find<HTMLTimeElement>("#wall-clock");
    clock.textContent = fullTime(new Date());
  }
}

/** Without WebGL the rails still work, and the page says so. */
function openMap(holder: HTMLElement, options: Omit<ConstructorParameters<typeof CentreMap>[0], "holder">): CentreMap | null {
  try {
    return new CentreMap({ holder, ...options });
  } catch {
    find<HTMLElement>("#no-map").hidden = false;
    return null;
  }
}

async function start(): Promise<void> {
  dropAtSignOut();
  const addresses = handed<Addresses>("addresses");
  const state = handed<State>("state");
  if (!addresses || !state) return;
  const outline = await loadOutline(addresses.outline);
  let centre: Centre | null = null;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = openMap(find<HTMLElement>("#map"), { outline, tiles: addresses.tiles, still, onSelect: (id) => centre?.select(id) });
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-zoom]")) {
    button.addEventListener("click", () => map?.zoom(Number(button.dataset.zoom)));
  }
  centre = new Centre(addresses, map, state);
  centre.start();
}

void start();
