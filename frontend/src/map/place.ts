/**
 * A small map for one place: outline, other things, a pin. SVG only, so that a portal page stays light.
 * A click or the arrow keys choose a place when the map has fields to write into.
 */
import { drawing, element, find } from "../elements";
import { word } from "../words";
import { bounds, isArea, loadOutline, rings, type Ring } from "./outline";

const WIDTH = 1000;
const METRES_PER_DEGREE = 111_320;
const STEPS = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

interface Point {
  name: string;
  place: [number, number];
}

export class PlaceMap {
  private readonly svg = drawing("svg", { role: "application", tabindex: 0, focusable: "true" });
  private readonly land = drawing("path", { class: "land" });
  private readonly grid = drawing("path", { class: "grid" });
  private readonly labels = drawing("g");
  private readonly others = drawing("g");
  private readonly course = drawing("g");
  private readonly pin = drawing("g", { visibility: "hidden" });
  private readonly note = element("span", { class: "place-note", "aria-hidden": "true" });
  /** Shown window in degrees: centre and span of longitude. */
  private centre: [number, number] = [0, 0];
  private span = 1;
  private widest = 1;
  private chosen: [number, number] | null = null;
  private outline: Ring[] = [];
  private points: Point[] = [];
  private shown = false;
  private choosing: ((place: [number, number]) => void) | null = null;
  private pressing: ((place: [number, number]) => void) | null = null;
  private drawn: Ring = [];

  constructor(private readonly holder: HTMLElement) {
    this.svg.setAttribute("aria-label", holder.dataset.label ?? "");
    this.svg.append(this.grid, this.land, this.labels, this.others, this.course, this.pin);
    this.drawPin();
    holder.append(this.svg, this.note, this.buttons());
    this.listen();
    new ResizeObserver(() => this.draw()).observe(holder);
  }

  /** Show the outline, other things and, when there is one, the place. */
  show(outline: Ring[], points: Point[], place: [number, number] | null): void {
    this.outline = outline;
    this.points = points;
    const box = bounds([...outline.flat(), ...points.map((point) => point.place), ...(place ? [place] : [])]);
    if (!box) return;
    const [west, south, east, north] = box;
    this.holder.dataset.drawn = "yes";
    this.centre = [(west + east) / 2, (south + north) / 2];
    this.widest = Math.max((east - west) * 1.08, (north - south) * 1.08 * this.ratio * this.squeeze, 0.02);
    this.span = this.widest;
    this.shown = true;
    if (place) this.choose(place, { tell: false });
    if (place && this.holder.dataset.zoom) this.zoomTo(place, Number(this.holder.dataset.zoom));
    this.draw();
  }

  onChoose(choosing: (place: [number, number]) => void): void {
    this.choosing = choosing;
  }

  /** A press gives its place, and sets no pin. */
  onPress(pressing: (place: [number, number]) => void): void {
    this.pressing = pressing;
  }

  /** Places one after the other; an area where the last is the first. */
  showCourse(places: Ring): void {
    this.drawn = places;
    this.draw();
  }

  choose(place: [number, number], { tell = true, follow = false } = {}): void {
    this.chosen = place;
    if (follow) this.zoomTo(place, Math.min(this.span, this.widest / 6));
    if (tell) this.choosing?.(place);
    this.draw();
  }

  private zoomTo(place: [number, number], span: number): void {
    this.centre = place;
    this.span = span;
    this.draw();
  }

  private get ratio(): number {
    const { clientWidth, clientHeight } = this.holder;
    return clientHeight ? clientWidth / clientHeight : 1.5;
  }

  /** Degrees of longitude are shorter than those of latitude. */
  private get squeeze(): number {
    return 1 / Math.cos((this.centre[1] * Math.PI) / 180);
  }

  private get perDegree(): number {
    return WIDTH / this.span;
  }

  private toScreen([lng, lat]: [number, number]): [number, number] {
    const height = WIDTH / this.ratio;
    return [
      WIDTH / 2 + (lng - this.centre[0]) * this.perDegree,
      height / 2 - (lat - this.centre[1]) * this.perDegree * this.squeeze,
    ];
  }

  private toPlace(x: number, y: number): [number, number] {
    const height = WIDTH / this.ratio;
    return [
      this.centre[0] + (x - WIDTH / 2) / this.perDegree,
      this.centre[1] - (y - height / 2) / (this.perDegree * this.squeeze),
    ];
  }

  private draw(): void {
    if (!this.holder.clientWidth || !this.shown) return;
    this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${WIDTH / this.ratio}`);
    this.svg.classList.toggle("zoomed", this.span < this.widest * 0.98);
    this.land.setAttribute("d", this.outline.map((ring) => this.line(ring) + "Z").join(""));
    this.drawGrid();
    this.drawOthers();
    this.drawCourse();
    const at = this.chosen && this.toScreen(this.chosen);
    this.pin.setAttribute("visibility", at ? "visible" : "hidden");
    if (at) this.pin.setAttribute("transform", `translate(${at[0]} ${at[1]}) scale(${this.pixel})`);
  }

  /** One CSS pixel in units of the drawing. */
  private get pixel(): number {
    return WIDTH / this.holder.clientWidth;
  }

  private line(ring: Ring): string {
    return "M" + ring.map((place) => this.toScreen(place).map((n) => n.toFixed(1)).join(" ")).join("L");
  }

  private drawGrid(): void {
    const step = STEPS.find((one) => this.span / one >= 4) ?? 0.001;
    const [west, north] = this.toPlace(0, 0);
    const [east, south] = this.toPlace(WIDTH, WIDTH / this.ratio);
    const height = WIDTH / this.ratio;
    let path = "";
    for (let lng = Math.ceil(west / step) * step; lng < east; lng += step) {
      const x = this.toScreen([lng, 0])[0].toFixed(1);
      path += `M${x} 0V${height}`;
    }
    for (let lat = Math.ceil(south / step) * step; lat < north; lat += step) {
      path += `M0 ${this.toScreen([0, lat])[1].toFixed(1)}H${WIDTH}`;
    }
    this.grid.setAttribute("d", path);
    const metres = (step * METRES_PER_DEGREE) / this.squeeze;
    this.note.textContent = metres >= 1000 ? word("map-grid-km", { n: (metres / 1000).toFixed(1) }) : word("map-grid-m", { n: Math.round(metres) });
  }

  private drawOthers(): void {
    this.others.replaceChildren(...this.points.map((point) => this.drawOther(point)));
    this.labels.replaceChildren();
  }

  private drawOther({ name, place }: Point): SVGElement {
    const [x, y] = this.toScreen(place);
    const group = drawing("g", { transform: `translate(${x} ${y}) scale(${this.pixel})` });
    const text = drawing("text", { class: "label", x: 9, y: 4 });
    text.textContent = name;
    const title = drawing("title");
    title.textContent = name;
    group.append(title, drawing("circle", { class: "other", r: 5 }), text);
    return group;
  }

  private drawCourse(): void {
    if (!this.drawn.length) return this.course.replaceChildren();
    const corners = this.drawn.map((place, n) => {
      const [cx, cy] = this.toScreen(place);
      return drawing("circle", { class: n === this.drawn.length - 1 ? "corner newest" : "corner", cx, cy, r: 5 * this.pixel });
    });
    const path = drawing("path", { class: isArea(this.drawn) ? "course area" : "course", d: this.line(this.drawn) });
    this.course.replaceChildren(path, ...corners);
  }

  private drawPin(): void {
    this.pin.append(
      drawing("path", { class: "chosen", d: "M0 0C-4 -9 -11 -13 -11 -21A11 11 0 0 1 11 -21C11 -13 4 -9 0 0Z" }),
      drawing("circle", { r: 4, cy: -21, fill: "#fff" }),
    );
  }

  private buttons(): HTMLElement {
    const zoom = (factor: number) => () => this.zoom(factor);
    const nearer = element("button", { type: "button", "aria-label": word("map-nearer") }, "+");
    const farther = element("button", { type: "button", "aria-label": word("map-farther") }, "−");
    nearer.addEventListener("click", zoom(0.5));
    farther.addEventListener("click", zoom(2));
    return element("div", { class: "place-zoom" }, nearer, farther);
  }

  private zoom(factor: number): void {
    const middle = this.chosen ?? this.drawn.at(-1) ?? this.centre;
    this.span = Math.min(this.widest, Math.max(0.004, this.span * factor));
    if (factor < 1) this.centre = middle;
    this.draw();
  }

  private listen(): void {
    let from: { x: number; y: number; centre: [number, number]; moved: boolean } | null = null;
    this.svg.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, centre: [...this.centre], moved: false };
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!from || event.buttons === 0) return;
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (Math.hypot(dx, dy) < 6) return;
      from.moved = true;
      const degree = this.pixel / this.perDegree;
      this.centre = [from.centre[0] - dx * degree, from.centre[1] + (dy * degree) / this.squeeze];
      this.draw();
    });
    this.svg.addEventListener("pointerup", (event) => {
      if (from && !from.moved) this.press(this.under(event));
      from = null;
    });
    this.svg.addEventListener("pointercancel", () => (from = null));
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  private press(place: [number, number]): void {
    if (this.pressing) this.pressing(place);
    else if (this.choosing) this.choose(place);
  }

  private under(event: PointerEvent): [number, number] {
    const box = this.svg.getBoundingClientRect();
    return this.toPlace((event.clientX - box.left) * this.pixel, (event.clientY - box.top) * this.pixel);
  }

  private key(event: KeyboardEvent): void {
    const step = this.span / 40;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, step / this.squeeze],
      ArrowDown: [0, -step / this.squeeze],
    };
    const move = moves[event.key];
    if (event.key === "+" || event.key === "=") this.zoom(0.5);
    else if (event.key === "-") this.zoom(2);
    else if (move && this.choosing) {
      const [lng, lat] = this.chosen ?? this.centre;
      this.choose([lng + move[0], lat + move[1]]);
    } else return;
    event.preventDefault();
  }
}

let made: Promise<Map<HTMLElement, PlaceMap>> | null = null;

/** Make every `.place` on the page a map, once, whichever scripts ask. Returns them by element. */
export function placeMaps(): Promise<Map<HTMLElement, PlaceMap>> {
  return (made ??= makeMaps());
}

async function makeMaps(): Promise<Map<HTMLElement, PlaceMap>> {
  const made = new Map<HTMLElement, PlaceMap>();
  for (const holder of document.querySelectorAll<HTMLElement>(".place[data-outline]")) {
    const map = new PlaceMap(holder);
    made.set(holder, map);
    const { lng, lat, points, outline } = holder.dataset;
    const place = placeOf(lng, lat);
    map.show(rings(await loadOutline(outline ?? "")), points ? (JSON.parse(points) as Point[]) : [], place);
    if (holder.dataset.fields) bind(map, find<HTMLElement>(holder.dataset.fields));
  }
  return made;
}

/** Two texts as a place; null where one is empty or no number. */
function placeOf(lng: string | undefined, lat: string | undefined): [number, number] | null {
  const place: [number, number] = [Number(lng || NaN), Number(lat || NaN)];
  return place.every(Number.isFinite) ? place : null;
}

/** Fields named `longitude` and `latitude` take what is chosen, and the map follows what they hold. */
function bind(map: PlaceMap, fields: HTMLElement): void {
  const lng = find<HTMLInputElement>("[name=longitude]", fields);
  const lat = find<HTMLInputElement>("[name=latitude]", fields);
  map.onChoose(([x, y]) => {
    lng.value = x.toFixed(6);
    lat.value = y.toFixed(6);
    fields.dispatchEvent(new CustomEvent("place-chosen"));
  });
  const there = placeOf(lng.value, lat.value);
  if (there) map.choose(there, { tell: false, follow: true });
}
