/** The map of cases: points window by window; where there are too many, how many lie together. */
import { Map as Engine, setWorkerUrl, type GeoJSONSource, type MapGeoJSONFeature, type StyleSpecification } from "maplibre-gl";
import workerAddress from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { element, find } from "./elements";
import { bounds, loadOutline, rings, type Outline } from "./map/outline";
import { handed, word } from "./words";

setWorkerUrl(workerAddress);

const NOTHING = { type: "FeatureCollection" as const, features: [] };
const BIJIANG: [number, number, number, number] = [108.93, 27.54, 109.47, 27.88];
const FONT = ["Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"];
/** A sign for each level beside its colour, as in the legend. */
const SIGNS = ["match", ["get", "level"], "late", "▲", "soon", "◆", "still", "○", "●"];
const COLOURS = ["match", ["get", "level"], "late", "#b3201d", "soon", "#a8420a", "still", "#5f6b68", "#19704a"];

interface Addresses {
  cases: string;
  case: string;
  outline: string;
  tiles: string;
}

interface Found {
  type: "FeatureCollection";
  features: { type: "Feature"; geometry: { type: "Point"; coordinates: [number, number] }; properties: Record<string, unknown> }[];
  total: number;
}

type Layers = StyleSpecification["layers"];

function style(outline: Outline, tiles: string): StyleSpecification {
  const raster: Layers = tiles ? [{ id: "tiles", type: "raster", source: "tiles" }] : [];
  return {
    version: 8,
    sources: {
      outline: { type: "geojson", data: outline as never },
      cases: { type: "geojson", data: NOTHING },
      ...(tiles ? { tiles: { type: "raster" as const, tiles: [tiles], tileSize: 256 } } : {}),
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": "#e6ecea" } },
      ...raster,
      { id: "land", type: "fill", source: "outline", paint: { "fill-color": "#f8faf7", "fill-opacity": tiles ? 0.2 : 1 } },
      { id: "border", type: "line", source: "outline", paint: { "line-color": "#7b938d", "line-width": 1.4 } },
      {
        id: "squares",
        type: "circle",
        source: "cases",
        filter: ["has", "count"],
        paint: {
          "circle-color": "#0e5a61",
          "circle-opacity": 0.88,
          "circle-stroke-color": "#ffffff",
          "circle-stroke-width": 2,
          "circle-radius": ["interpolate", ["linear"], ["log10", ["get", "count"]], 0, 10, 2, 18, 4, 28],
        },
      },
      {
        id: "numbers",
        type: "symbol",
        source: "cases",
        filter: ["has", "count"],
        layout: { "text-field": ["to-string", ["get", "count"]], "text-font": FONT, "text-size": 13, "text-allow-overlap": true },
        paint: { "text-color": "#ffffff" },
      },
      {
        id: "cases",
        type: "symbol",
        source: "cases",
        filter: ["!", ["has", "count"]],
        layout: { "text-field": SIGNS as never, "text-font": FONT, "text-size": 18, "text-allow-overlap": true },
        paint: { "text-color": COLOURS as never, "text-halo-color": "#ffffff", "text-halo-width": 1.6 },
      },
    ],
  };
}

class CaseMap {
  private readonly engine: Engine;
  private asked: AbortController | null = null;

  constructor(
    private readonly holder: HTMLElement,
    private readonly addresses: Addresses,
    outline: Outline,
  ) {
    this.engine = new Engine({
      container: holder,
      style: style(outline, addresses.tiles),
      bounds: bounds(rings(outline).flat()) ?? BIJIANG,
      fitBoundsOptions: { padding: 24 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 18,
    });
    this.engine.touchZoomRotate.disableRotation();
    this.engine.on("load", () => void this.refresh());
    this.engine.on("moveend", () => void this.refresh());
    this.engine.on("click", "squares", ({ lngLat }) => this.engine.easeTo({ center: lngLat, zoom: this.engine.getZoom() + 2 }));
    this.engine.on("click", "cases", ({ features }) => this.choose(features ?? []));
    holder.append(this.nearness());
  }

  /** Ask for the window as it is; an answer that comes after the next question is dropped. */
  private async refresh(): Promise<void> {
    this.asked?.abort();
    this.asked = new AbortController();
    const window = this.engine.getBounds();
    const query = new URLSearchParams(location.search);
    query.set("bbox", [window.getWest(), window.getSouth(), window.getEast(), window.getNorth()].join(","));
    try {
      const answer = await fetch(`${this.addresses.cases}?${query}`, { signal: this.asked.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const found = (await answer.json()) as Found;
      this.engine.getSource<GeoJSONSource>("cases")?.setData(found);
      this.say(found);
    } catch (error) {
      if (!(error instanceof DOMException)) find("#map-says").textContent = word("unanswered");
    }
  }

  private say(found: Found): void {
    const squares = found.features.some((one) => one.properties.count);
    const key = found.total === 0 ? "none" : squares ? "squares" : "cases";
    find("#map-says").textContent = word(key, { n: found.total });
    this.holder.dataset.drawn = String(found.features.length);
  }

  /** What lies under the pointer, as a list below the map: several cases may share one place. */
  private choose(features: MapGeoJSONFeature[]): void {
    const list = find<HTMLElement>("#map-chosen");
    list.hidden = false;
    list.replaceChildren(...features.map(({ properties }) => this.card(properties)));
    list.querySelector<HTMLElement>("a")?.focus();
  }

  private card(one: Record<string, unknown>): HTMLElement {
    const number = String(one.number);
    const left = element("span", { class: `left left-${String(one.level)}` }, String(one.left));
    const line = element("span", { class: "line" }, element("b", {}, String(one.name)), left);
    const below = element("span", { class: "line" }, element("small", {}, number), element("small", {}, String(one.state)));
    return element("a", { class: "item", href: this.addresses.case.replace("NUMBER", number) }, line, below);
  }

  private nearness(): HTMLElement {
    const button = (sign: string, key: string, by: number) => {
      const made = element("button", { type: "button", "aria-label": word(key) }, sign);
      made.addEventListener("click", () => this.engine.zoomTo(this.engine.getZoom() + by));
      return made;
    };
    return element("div", { class: "map-zoom" }, button("+", "map-nearer", 1), button("−", "map-farther", -1));
  }
}

async function start(): Promise<void> {
  const holder = document.querySelector<HTMLElement>("#cases-map");
  const addresses = handed<Addresses>("addresses");
  if (holder && addresses) new CaseMap(holder, addresses, await loadOutline(addresses.outline));
}

void start();
