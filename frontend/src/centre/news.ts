/** What the rails show, read anew when alerts and cases change; and how both connections stand. */
import { follow } from "../live/events";
import type { Message } from "../live/protocol";
import { setClock } from "./clock";
import { loadJson, type Addresses, type State } from "./state";

/** How long changes of alerts and cases are gathered before a look (ms). */
const GATHER = 100;
/** Also look now and then, so that times left stay true when nothing changes. */
const LOOK_ANYWAY = 30_000;

export type Link = "live" | "lost" | "waiting";

export class News {
  private due: number | null = null;
  private loading = false;
  private again = false;
  /** What both connections last said of themselves. */
  private readonly lines: Record<"rails" | "map", "live" | "lost" | null> = { rails: null, map: null };

  constructor(
    private readonly addresses: Addresses,
    public state: State,
    private readonly onState: () => void,
    private readonly onLink: (link: Link) => void,
  ) {}

  start(): void {
    follow(this.addresses.events, this.state.asker, (message) => this.hear(message));
    setInterval(() => void this.refresh(), LOOK_ANYWAY);
    addEventListener("online", () => void this.refresh());
  }

  /** Things with an active alert. */
  get alarmed(): Set<string> {
    return new Set(this.state.happenings.filter((one) => one.kind === "alert" && one.level !== "normal").map((one) => one.station));
  }

  hearLink(line: "rails" | "map", state: "live" | "lost"): void {
    this.lines[line] = state;
    const both = Object.values(this.lines);
    this.onLink(both.includes("lost") ? "lost" : both.includes(null) ? "waiting" : "live");
  }

  private hear(message: Message): void {
    if (message.kind === "link") this.hearLink("rails", message.state);
    if (message.kind === "changed" || message.state === "live") this.refreshSoon();
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
      setClock(this.state.now);
      this.onState();
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
}
