/** The district's map: outline, stations by state (colour and shape), a ring where an alert is active. */
import { Map as Engine, setWorkerUrl, type GeoJSONSource, type StyleSpecification } from "maplibre-gl";
import workerAddress from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { bounds, rings, type Outline } from "../map/outline";
import { drawShape } from "./shapes";
import { LEVELS, type Station } from "./state";

setWorkerUrl(workerAddress);

const NOTHING = { type: "FeatureCollection" as const, features: [] };
const BIJIANG: [number, number, number, number] = [108.93, 27.54, 109.47, 27.88];

export interface CentreMapOptions {
  holder: HTMLElement;
  outline: Outline;
  /** Address of raster tiles (`…/{z}/{x}/{y}`), "" for none. */
  tiles: string;
  onSelect: (id: string) => void;
  still: boolean;
}

export class CentreMap {
  private readonly engine: Engine;
  private readonly ready: Promise<void>;
  private readonly box: [number, number, number, number];
  private stations: Station[] = [];
  /** Zoom at which the whole district was last shown. */
  private settled: number;

  constructor(private readonly options: CentreMapOptions) {
    this.box = bounds(rings(options.outline).flat()) ?? BIJIANG;
    this.engine = new Engine({
      container: options.holder,
      style: style(options),
      bounds: this.box,
      fitBoundsOptions: { padding: { top: 48, left: 48, right: 48, bottom: 90 } },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      interactive: true,
      maxZoom: 18,
    });
    this.engine.touchZoomRotate.disableRotation();
    this.settled = this.engine.getZoom();
    this.ready = new Promise((resolve) => this.engine.once("load", () => this.prepare().then(resolve)));
  }

  /** Put the stations as they are now. Nothing moves: only what changed is drawn anew. */
  async show(stations: Station[], alarmed: Set<string>, selected: string | null): Promise<void> {
    this.stations = stations;
    await this.ready;
    const source = this.engine.getSource<GeoJSONSource>("stations");
    source?.setData({ type: "FeatureCollection", features: stations.map((one) => feature(one, alarmed, selected)) });
    this.options.holder.dataset.drawn = String(stations.length);
  }

  zoom(by: number): void {
    this.engine.zoomTo(this.engine.getZoom() + by, { animate: !this.options.still });
  }

  /** Let the panel cover nothing: the overview moves beside it, a nearer view only brings the station out. */
  async look(id: string | null, covered: { right: number; bottom: number }): Promise<void> {
    await this.ready;
    const animate = !this.options.still;
    if (this.overview) {
      const padding = { top: 48, left: 48, right: 48 + covered.right, bottom: 90 + covered.bottom };
      this.engine.fitBounds(this.box, { padding, animate, duration: 300 });
      this.engine.once("moveend", () => (this.settled = this.engine.getZoom()));
      return;
    }
    const station = this.stations.find((one) => one.id === id);
    if (station && this.hidden(station, covered)) {
      this.engine.easeTo({ center: station.place, offset: [-covered.right / 2, -covered.bottom / 2], animate });
    }
  }

  /** Nobody has gone nearer or farther since the whole district was shown. */
  private get overview(): boolean {
    return Math.abs(this.engine.getZoom() - this.settled) < 0.01;
  }

  private hidden({ place }: Station, covered: { right: number; bottom: number }): boolean {
    const { x, y } = this.engine.project(place);
    const { clientWidth, clientHeight } = this.options.holder;
    return x < 0 || y < 0 || x > clientWidth - covered.right || y > clientHeight - covered.bottom;
  }

  private async prepare(): Promise<void> {
    for (const level of LEVELS) this.engine.addImage(level, drawShape(level), { pixelRatio: 2 });
    this.engine.addSource("stations", { type: "geojson", data: NOTHING });
    for (const layer of stationLayers()) this.engine.addLayer(layer);
    this.engine.on("click", "stations", ({ features }) => {
      const id: unknown = features?.[0]?.properties?.id;
      if (typeof id === "string") this.options.onSelect(id);
    });
    this.engine.on("mouseenter", "stations", () => this.engine.getCanvas().classList.add("over"));
    this.engine.on("mouseleave", "stations", () => this.engine.getCanvas().classList.remove("over"));
  }
}

function feature(station: Station, alarmed: Set<string>, selected: string | null) {
  const { id, name, state, figure, place } = station;
  return {
    type: "Feature" as const,
    geometry: { type: "Point" as const, coordinates: place },
    properties: {
      id,
      state,
      label: figure === null ? name : `${name} ${Math.round(figure)}`,
      alarmed: alarmed.has(id),
      selected: id === selected,
      weight: LEVELS.length - LEVELS.indexOf(state),
    },
  };
}

type Layers = StyleSpecification["layers"];

function stationLayers(): Layers {
  return [
    {
      id: "alarmed",
      type: "circle",
      source: "stations",
      filter: ["get", "alarmed"],
      paint: { "circle-radius": 26, "circle-color": "#f3716f", "circle-opacity": 0.14, "circle-stroke-color": "#f3716f", "circle-stroke-width": 1.2, "circle-stroke-opacity": 0.8 },
    },
    {
      id: "selected",
      type: "circle",
      source: "stations",
      filter: ["get", "selected"],
      paint: { "circle-radius": 18, "circle-color": "transparent", "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    },
    {
      id: "stations",
      type: "symbol",
      source: "stations",
      layout: {
        "icon-image": ["get", "state"],
        "icon-allow-overlap": true,
        "symbol-sort-key": ["get", "weight"],
        "text-field": ["get", "label"],
        "text-font": ["Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"],
        "text-size": 13,
        "text-variable-anchor": ["top", "bottom", "left", "right"],
        "text-radial-offset": 1.1,
        "text-justify": "auto",
        "text-optional": true,
      },
      paint: { "text-color": "#d7e3e2", "text-halo-color": "#0b0f12", "text-halo-width": 1.6 },
    },
  ];
}

function style({ outline, tiles }: CentreMapOptions): StyleSpecification {
  const ground: Layers = [{ id: "ground", type: "background", paint: { "background-color": "#0b0f12" } }];
  const raster: Layers = tiles ? [{ id: "tiles", type: "raster", source: "tiles", paint: { "raster-opacity": 0.5 } }] : [];
  const land: Layers = [
    { id: "land", type: "fill", source: "outline", paint: { "fill-color": "#13262c", "fill-opacity": tiles ? 0.3 : 1 } },
    { id: "border", type: "line", source: "outline", layout: { "line-join": "round" }, paint: { "line-color": "#3f7f86", "line-width": 1.6 } },
  ];
  return {
    version: 8,
    sources: {
      outline: { type: "geojson", data: outline as never },
      ...(tiles ? { tiles: { type: "raster" as const, tiles: [tiles], tileSize: 256 } } : {}),
    },
    layers: [...ground, ...raster, ...land],
  };
}

