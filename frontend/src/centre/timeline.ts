/** The bar of time below the map: now, the last 24 hours, or a stretch of the past; played, stopped, drawn along. */
import { element, find } from "../elements";
import { exactTime, word } from "../words";
import { token } from "./theme";

const HOUR = 3_600_000;
/** So many steps a day or any other stretch is cut into. */
const STEPS = 288;
/** Steps a second, slow to fast. */
const SPEEDS = [2, 6, 12, 24];

export interface Span {
  from: number;
  to: number;
  /** Seconds. */
  step: number;
}

export interface TimelineWishes {
  live(): void;
  replay(span: Span): void;
  /** The moment to show; it may glide to it within so many ms. */
  seek(step: number, glide: number): void;
}

export class Timeline {
  private readonly range = find<HTMLInputElement>("#time");
  private readonly bars = find<HTMLCanvasElement>("#time-bars");
  private readonly says = find<HTMLElement>("#time-says");
  private readonly play = find<HTMLButtonElement>("#play");
  private readonly speed = find<HTMLSelectElement>("#speed");
  private readonly chooser = find<HTMLFormElement>("#choose-span");
  private span: Span | null = null;
  private until = 0;
  private troubled: number[] = [];
  private timer: number | null = null;
  private wishedStep: number | null = null;

  constructor(private readonly wishes: TimelineWishes) {
    for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-time]")) button.addEventListener("click", () => this.choose(button.dataset.time!));
    this.speed.replaceChildren(...SPEEDS.map((speed, n) => element("option", { value: String(speed), selected: n === 1 }, word("speed", { n: speed }))));
    this.play.addEventListener("click", () => (this.timer === null ? this.start() : this.stop()));
    this.speed.addEventListener("change", () => this.timer !== null && this.start());
    this.range.addEventListener("input", () => {
      this.stop();
      this.go(Number(this.range.value), 0);
    });
    this.chooser.addEventListener("submit", (event) => this.chosen(event));
    new ResizeObserver(() => this.draw()).observe(this.bars);
    this.show();
  }

  /** Instant shown; null while it is live. */
  get at(): number | null {
    return this.span && this.span.from + (this.step + 1) * this.span.step * 1000;
  }

  get stretch(): [number, number] | null {
    return this.span && [this.span.from, this.span.to];
  }

  /** Begin a replay; `at` is the moment to go to as soon as it is there. */
  open(from: number, to: number, at: number | null): void {
    const step = Math.max(1, Math.ceil((to - from) / 1000 / STEPS));
    this.span = { from, to, step };
    this.until = 0;
    delete this.range.dataset.until;
    this.troubled = [];
    this.stop();
    const last = Math.ceil((to - from) / (step * 1000)) - 1;
    this.range.max = String(last);
    this.wishedStep = at === null ? null : Math.min(last, Math.max(0, Math.round((at - from) / (step * 1000)) - 1));
    this.range.value = String(this.wishedStep ?? 0);
    this.wishes.replay(this.span);
    this.show();
  }

  live(): void {
    this.stop();
    this.span = null;
    this.wishes.live();
    this.show();
  }

  /** So many steps are there, of so many; things in trouble after each. */
  loaded(until: number, troubled: number[]): void {
    if (!this.span) return;
    const first = this.until === 0 && until > 0;
    this.until = until;
    this.range.dataset.until = String(until);
    this.troubled = troubled;
    if (this.wishedStep !== null && until > this.wishedStep) {
      this.go(this.wishedStep, 0);
      this.wishedStep = null;
    } else if (first && this.wishedStep === null) this.go(0, 0);
    this.show();
  }

  /** The newest reading of the layers shown, for the live bar. */
  newest(seconds: number): void {
    if (this.span) return;
    this.says.textContent = seconds ? word("newest", { at: exactTime(seconds * 1000) }) : word("no-reading");
  }

  failed(): void {
    this.says.textContent = word("replay-failed");
  }

  repaint(): void {
    this.draw();
  }

  private get step(): number {
    return Number(this.range.value);
  }

  private choose(what: string): void {
    this.chooser.hidden = what !== "past" || !this.chooser.hidden;
    if (what === "live") this.live();
    if (what === "day") {
      const now = Math.ceil(Date.now() / 300_000) * 300_000;
      this.open(now - 24 * HOUR, now, now);
    }
    if (what === "past" && !this.chooser.hidden) this.chooser.querySelector("input")?.focus();
  }

  private chosen(event: Event): void {
    event.preventDefault();
    const fields = new FormData(this.chooser);
    const from = Date.parse(`${String(fields.get("from"))}:00+08:00`);
    if (!Number.isFinite(from)) return;
    this.chooser.hidden = true;
    this.open(from, from + Number(fields.get("hours")) * HOUR, null);
  }

  private start(): void {
    this.stop();
    const pause = 1000 / Number(this.speed.value);
    this.timer = window.setInterval(() => {
      const next = this.step + 1;
      if (next > Number(this.range.max)) return this.stop();
      // What has not come yet is waited for.
      if (next < this.until) this.go(next, pause);
    }, pause);
    this.show();
  }

  private stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.show();
  }

  private go(step: number, glide: number): void {
    this.range.value = String(step);
    if (step < this.until) this.wishes.seek(step, glide);
    else this.wishedStep = step;
    this.say();
  }

  private show(): void {
    const mode = this.span === null ? "live" : "past";
    document.body.dataset.time = mode;
    for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-time]")) button.setAttribute("aria-pressed", String((button.dataset.time === "live") === (mode === "live") && button.dataset.time !== "past"));
    this.range.disabled = this.play.disabled = this.speed.disabled = this.span === null;
    this.play.textContent = this.timer === null ? "▶" : "❚❚";
    this.play.setAttribute("aria-label", word(this.timer === null ? "play" : "pause"));
    this.say();
    this.draw();
  }

  private say(): void {
    if (!this.span || this.at === null) return;
    const share = this.until / (Number(this.range.max) + 1);
    const said = exactTime(this.at);
    this.says.textContent = share < 1 ? `${said} · ${word("loading", { n: Math.round(share * 100) })}` : said;
    this.range.setAttribute("aria-valuetext", said);
  }

  /** Bars of how many things are in trouble, step by step. */
  private draw(): void {
    const pen = this.bars.getContext("2d");
    const { clientWidth, clientHeight } = this.bars;
    if (!pen || !clientWidth) return;
    this.bars.width = clientWidth * devicePixelRatio;
    this.bars.height = clientHeight * devicePixelRatio;
    pen.scale(devicePixelRatio, devicePixelRatio);
    if (!this.span) return;
    const steps = Number(this.range.max) + 1;
    const most = Math.max(1, ...this.troubled);
    const wide = clientWidth / steps;
    for (let step = 0; step < this.until; step++) {
      const count = this.troubled[step] ?? 0;
      const high = count ? 4 + (count / most) * (clientHeight - 6) : 2;
      pen.fillStyle = count ? token("--severe-fill") : token("--line-strong");
      pen.fillRect(step * wide, clientHeight - high, Math.max(1, wide - 1), high);
    }
  }
}
