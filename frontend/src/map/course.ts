/** A course that is drawn: each press on the map is a line of the text, and what is written stands on the map. */
import { find } from "../elements";
import { figure, word } from "../words";
import { isArea, type Ring } from "./outline";
import { placeMaps, type PlaceMap } from "./place";

const KM_PER_DEGREE = 111.32;

/** Let the maps of the page that name a text draw it. */
export async function drawCourses(): Promise<void> {
  for (const [holder, map] of await placeMaps()) {
    const text = holder.dataset.course && document.getElementById(holder.dataset.course);
    if (text instanceof HTMLTextAreaElement && holder.parentElement) new Course(map, text, holder.parentElement);
  }
}

class Course {
  private readonly undo: HTMLButtonElement;
  private readonly close: HTMLButtonElement;
  private readonly says: HTMLElement;

  constructor(
    map: PlaceMap,
    private readonly text: HTMLTextAreaElement,
    around: HTMLElement,
  ) {
    this.undo = find("[data-course-undo]", around);
    this.close = find("[data-course-close]", around);
    this.says = find("[data-course-says]", around);
    map.onPress((place) => this.add(place));
    this.undo.addEventListener("click", () => this.write(this.lines.slice(0, -1)));
    this.close.addEventListener("click", () => this.write([...this.lines, this.lines[0] ?? ""]));
    text.addEventListener("input", () => this.show(map));
    this.show(map);
  }

  /** One for each place; a GeoJSON text is taken as lines, too. */
  private get lines(): string[] {
    const held = this.text.value.trim();
    const lines = held.startsWith("{") ? placesOf(held).map(lineOf) : held.split(/[;\s]+/);
    return lines.filter((line) => line !== "");
  }

  private add(place: [number, number]): void {
    if (isArea(placesOf(this.text.value))) this.says.textContent = word("course-closed");
    else this.write([...this.lines, lineOf(place)]);
  }

  /** The text says it to everybody who follows it: the map, and the draft that is kept. */
  private write(lines: string[]): void {
    this.text.value = lines.join("\n");
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private show(map: PlaceMap): void {
    const places = placesOf(this.text.value);
    map.showCourse(places);
    this.undo.disabled = !this.lines.length;
    this.close.disabled = places.length < 3 || isArea(places);
    const key = isArea(places) ? "course-area" : "course-line";
    this.says.textContent = word(key, { n: places.length - (isArea(places) ? 1 : 0), km: figure(lengthOf(places), 2) });
  }
}

function lineOf([longitude, latitude]: [number, number]): string {
  return `${longitude.toFixed(6)},${latitude.toFixed(6)}`;
}

/** As the platform reads it: a place a line, or GeoJSON. What is no place yet is passed over. */
function placesOf(text: string): Ring {
  const held = text.trim();
  const parts = held.startsWith("{") ? inGeoJson(held) : held.split(/[;\s]+/).map((line) => line.split(",").map(Number));
  return parts.filter((one): one is [number, number] => one.length === 2 && one.every(Number.isFinite));
}

function inGeoJson(text: string): number[][] {
  try {
    const { type, coordinates } = JSON.parse(text) as { type: string; coordinates: unknown[] };
    const places = type === "Polygon" ? coordinates[0] : coordinates;
    return Array.isArray(places) ? (places as number[][]) : [];
  } catch {
    return [];
  }
}

/** Kilometres along the course, on the scale of a district. */
function lengthOf(places: Ring): number {
  return places.slice(1).reduce((sum, [x, y], n) => {
    const [fromX, fromY] = places[n] ?? [x, y];
    return sum + KM_PER_DEGREE * Math.hypot((x - fromX) * Math.cos((y * Math.PI) / 180), y - fromY);
  }, 0);
}
