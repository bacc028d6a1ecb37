/** What the page shows, as its address: layers, camera, moment, thing, case. It carries no language. */
import type { Camera } from "./map";

export interface Shown {
  layers: string[] | null;
  camera: Camera | null;
  /** Instant of the past (ms); null = live. */
  at: number | null;
  /** First and last instant of what is replayed (ms). */
  span: [number, number] | null;
  thing: string | null;
  case: string | null;
  wall: boolean;
}

export function read(): Shown {
  const asked = new URLSearchParams(location.search);
  const [longitude, latitude, zoom] = (asked.get("at") ?? "").split(",").map(Number);
  const known = [longitude, latitude, zoom].every((one) => Number.isFinite(one) && one !== undefined) && asked.has("at");
  const [from, to] = (asked.get("span") ?? "").split("/").map((one) => Date.parse(one));
  const time = Date.parse(asked.get("time") ?? "");
  return {
    layers: asked.has("layers") ? asked.get("layers")!.split(",").filter(Boolean) : null,
    camera: known ? { longitude: longitude!, latitude: latitude!, zoom: zoom! } : null,
    at: Number.isFinite(time) ? time : null,
    span: Number.isFinite(from) && Number.isFinite(to) && from! < to! ? [from!, to!] : null,
    // "station" is how older links name a thing.
    thing: asked.get("thing") ?? asked.get("station"),
    case: asked.get("case"),
    wall: asked.get("wall") === "1",
  };
}

/** The address of the page as it is shown. */
export function addressOf(shown: Shown): URL {
  const address = new URL(location.pathname, location.href);
  const put = (name: string, value: string | null) => value !== null && address.searchParams.set(name, value);
  put("layers", shown.layers && shown.layers.join(","));
  put("at", shown.camera && [shown.camera.longitude.toFixed(5), shown.camera.latitude.toFixed(5), shown.camera.zoom.toFixed(2)].join(","));
  put("span", shown.span && shown.span.map((one) => new Date(one).toISOString()).join("/"));
  put("time", shown.at === null ? null : new Date(shown.at).toISOString());
  put("thing", shown.thing);
  put("case", shown.case);
  put("wall", shown.wall ? "1" : null);
  // Commas, colons and slashes are plain in a query; people read and send these addresses.
  address.search = address.search.replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
  return address;
}

export function keep(shown: Shown): void {
  history.replaceState(null, "", addressOf(shown));
}

/** So long (ms) moves are gathered: the address is not written at every step, because browsers count. */
const GATHERED = 500;
let due: number | null = null;

export function keepSoon(shown: Shown): void {
  due ??= window.setTimeout(() => {
    due = null;
    keep(shown);
  }, GATHERED);
}
