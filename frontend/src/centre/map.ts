/** The district's map: outline, lines, points by state, rings around what calls, and what the pointer is on. */
import { Map as Engine, setWorkerUrl, type GeoJSONSource, type MapMouseEvent, type StyleSpecification } from "maplibre-gl";
import workerAddress from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { bounds, rings, type Outline } from "../map/outline";
import { LineLayers } from "./lines";
import { latitudeOf, longitudeOf, mercatorX, mercatorY } from "./mercator";
import { Points, type Hit } from "./points";
import type { Box, ChangesMessage, Described, TableMessage } from "./protocol";
import { levelColour, palette, token } from "./theme";

setWorkerUrl(workerAddress);

const NOTHING = { type: "FeatureCollection" as const, features: [] };
const BIJIANG: [number, number, number, number] = [108.93, 27.54, 109.47, 27.88];
/** How near (CSS pixels) the pointer must come. */
const REACH = 13;
/** Few things close together are not looked at from nearer than this. */
const NEAREST = 15;
const FINGER = 22;

export interface Camera {
  longitude: number;
  latitude: number;
  zoom: number;
}

export interface CentreMapOptions {
  holder: HTMLElement;
  outline: Outline;
  /** Address of raster tiles (`…/{z}/{x}/{y}`), "" for none. */
  tiles: string;
  camera: Camera | null;
  onSelect: (hit: Hit | null) => void;
  onHover: (hit: Hit | null, x: number, y: number) => void;
  onMoved: (camera: Camera | null) => void;
  /** So many things stand in the picture; null: there is none at the moment. */
  onDrawn: (things: number | null) => void;
  still: boolean;
}

export interface Ring {
  longitude: number;
  latitude: number;
  kind: "alarmed" | "selected" | "area";
  /** Metres, of an area. */
  radius?: number;
}

export class CentreMap {
  readonly engine: Engine;
  readonly points: Points;
  readonly ready: Promise<void>;
  private readonly lines: LineLayers;
  /** The whole district. */
  private readonly box: Box;
  /** Where most things are; until that is known, the district. */
  private frame: Box;
  /** Zoom at which the frame was last shown. */
  private settled: number;
  private pointer: MapMouseEvent | null = null;
  private hovered: Hit | null = null;
  private rings: Ring[] = [];
  private labelled = "[]";

  constructor(private readonly options: CentreMapOptions) {
    this.box = bounds(rings(options.outline).flat()) ?? BIJIANG;
    this.frame = this.box;
    const [west, south, east, north] = this.box;
    this.points = new Points({ x: mercatorX((west + east) / 2), y: mercatorY((south + north) / 2) }, palette(), options.onDrawn);
    const { camera } = options;
    this.engine = new Engine({
      container: options.holder,
      style: style(options),
      ...(camera
        ? { center: [camera.longitude, camera.latitude] as [number, number], zoom: camera.zoom }
        : { bounds: this.box, fitBoundsOptions: { padding: this.padding() } }),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      interactive: true,
      maxZoom: 19,
      minZoom: 6,
    });
    this.engine.touchZoomRotate.disableRotation();
    this.settled = camera ? -1 : this.engine.getZoom();
    this.lines = new LineLayers(this.engine);
    // Not "load", which waits for every tile: things stand as soon as there is something to draw on.
    this.ready = new Promise((resolve) => this.engine.once("style.load", () => resolve(this.prepare())));
  }

  async table(message: TableMessage): Promise<void> {
    await this.ready;
    this.points.put(message);
    this.lines.put(message);
    if (this.hovered?.layer === message.layer) this.points.hold(this.hovered);
  }

  async changes(message: ChangesMessage): Promise<void> {
    await this.ready;
    this.points.take(message);
    this.lines.take(message);
  }

  async drop(layer: string): Promise<void> {
    await this.ready;
    this.points.drop(layer);
    this.lines.drop(layer);
    if (this.hovered?.layer === layer) this.hover(null, 0, 0);
  }

  /** The theme has changed: everything is painted with its tokens. */
  repaint(): void {
    this.points.paint(palette());
    const { engine } = this;
    engine.setPaintProperty("ground", "background-color", token("--map-ground"));
    engine.setPaintProperty("land", "fill-color", token("--map-land"));
    engine.setPaintProperty("border", "line-color", token("--map-border"));
    engine.setPaintProperty("labels", "text-color", token("--ink"));
    engine.setPaintProperty("labels", "text-halo-color", token("--map-ground"));
    engine.setPaintProperty("ring-selected", "circle-stroke-color", token("--ink"));
    this.lines.repaint();
  }

  zoom(by: number): void {
    this.engine.zoomTo(this.engine.getZoom() + by, { animate: !this.options.still });
  }

  async show(rings: Ring[]): Promise<void> {
    await this.ready;
    this.rings = rings;
    const features = rings.map(({ longitude, latitude, kind, radius }) =>
      kind === "area"
        ? { type: "Feature" as const, geometry: { type: "Polygon" as const, coordinates: [circle(longitude, latitude, radius ?? 0)] }, properties: { kind } }
        : { type: "Feature" as const, geometry: { type: "Point" as const, coordinates: [longitude, latitude] }, properties: { kind } },
    );
    this.engine.getSource<GeoJSONSource>("rings")?.setData({ type: "FeatureCollection", features });
  }

  /** The selected thing moves: its ring goes with it. */
  follow(longitude: number, latitude: number): void {
    const ring = this.rings.find(({ kind }) => kind === "selected");
    if (!ring || (ring.longitude === longitude && ring.latitude === latitude)) return;
    ring.longitude = longitude;
    ring.latitude = latitude;
    void this.show(this.rings);
  }

  placeOf(hit: Hit): [number, number] | null {
    const at = this.points.where(hit);
    return at && [longitudeOf(at.x), latitudeOf(at.y)];
  }

  /** Names beside things, the worst first; those in each other's way are left out. */
  async label(things: Described[]): Promise<void> {
    await this.ready;
    const features = things.map(({ longitude, latitude, name, figure, state, stale }) => ({
      type: "Feature" as const,
      geometry: { type: "Point" as const, coordinates: [longitude, latitude] },
      // A figure that is out of date is not said as if it held.
      properties: { label: typeof figure === "number" && !stale ? `${name} ${Math.round(figure * 10) / 10}` : name, weight: -state },
    }));
    // Names that are the same are not placed anew.
    const now = JSON.stringify(features);
    if (now === this.labelled) return;
    this.labelled = now;
    this.engine.getSource<GeoJSONSource>("labels")?.setData({ type: "FeatureCollection", features });
  }

  get window(): { west: number; south: number; east: number; north: number } {
    const box = this.engine.getBounds();
    return { west: box.getWest(), south: box.getSouth(), east: box.getEast(), north: box.getNorth() };
  }

  get camera(): Camera {
    const { lng, lat } = this.engine.getCenter();
    return { longitude: lng, latitude: lat, zoom: this.engine.getZoom() };
  }

  /** Everything in its frame, or one place. */
  async look(place: { at: [number, number]; zoom?: number } | null, covered: { right: number; bottom: number }): Promise<void> {
    await this.ready;
    const animate = !this.options.still;
    if (!place) return this.fit(animate, covered);
    this.engine.easeTo({ center: place.at, zoom: place.zoom ?? this.engine.getZoom(), offset: [-covered.right / 2, -covered.bottom / 2], animate, duration: 600 });
  }

  /** Show where most things are, or the whole district (null), and come back there. */
  async overlook(frame: Box | null, covered: { right: number; bottom: number }, animate = !this.options.still): Promise<void> {
    await this.ready;
    this.frame = frame ?? this.box;
    this.fit(animate, covered);
  }

  /** Somebody has moved it, or a place was asked for. */
  get touched(): boolean {
    return this.options.camera !== null || !this.overview;
  }

  private fit(animate: boolean, covered: { right: number; bottom: number }): void {
    this.engine.once("moveend", () => (this.settled = this.engine.getZoom()));
    this.engine.fitBounds(this.frame, { padding: this.padding(covered), animate, duration: 400, maxZoom: NEAREST });
  }

  /** What lies over the map keeps clear of what is framed, as far as there is room. */
  private padding({ right, bottom } = { right: 0, bottom: 0 }): { top: number; left: number; right: number; bottom: number } {
    const { clientHeight, clientWidth } = this.options.holder;
    const narrow = clientWidth < 700;
    const side = narrow ? 16 : 48;
    return { top: narrow ? Math.min(200, clientHeight * 0.35) : 64, left: side, right: Math.min(side + right, clientWidth * 0.7), bottom: Math.min(90 + bottom, clientHeight * 0.5) };
  }

  async lookAt(box: Box): Promise<void> {
    await this.ready;
    this.engine.fitBounds(box, { padding: 80, animate: !this.options.still, maxZoom: 16 });
  }

  /** Nobody has gone nearer or farther since the frame was shown. */
  get overview(): boolean {
    return Math.abs(this.engine.getZoom() - this.settled) < 0.01;
  }

  /** Whether a place is not on the screen, or lies under what covers the map. */
  hides(at: [number, number], covered: { right: number; bottom: number }): boolean {
    const { x, y } = this.engine.project(at);
    const { clientWidth, clientHeight } = this.options.holder;
    return x < 0 || y < 0 || x > clientWidth - covered.right || y > clientHeight - covered.bottom;
  }

  private async prepare(): Promise<void> {
    this.furnish();
    this.engine.on("webglcontextlost", () => this.points.lose());
    this.engine.on("webglcontextrestored", () => this.engine.once("style.load", () => this.restore()));
    this.engine.on("click", (event) => this.options.onSelect(this.hitAt(event)));
    this.engine.on("mousemove", (event) => {
      // One look a frame, however often the mouse speaks.
      if (!this.pointer) requestAnimationFrame(() => this.point());
      this.pointer = event;
    });
    this.engine.on("mouseout", () => {
      this.pointer = null;
      this.hover(null, 0, 0);
    });
    this.engine.on("moveend", (event) => this.options.onMoved("originalEvent" in event && event.originalEvent ? this.camera : null));
    this.options.holder.dataset.ready = "";
  }

  private furnish(): void {
    const { engine } = this;
    for (const source of ["rings", "labels"]) engine.addSource(source, { type: "geojson", data: NOTHING });
    for (const layer of ringLayers()) engine.addLayer(layer);
    engine.addLayer(this.points);
    engine.addLayer(labelLayer());
  }

  /** The graphics card or the engine's workers were lost: the engine restores its style, but no layer that is ours. */
  private restore(): void {
    if (!this.engine.getLayer(this.points.id)) this.engine.addLayer(this.points, "labels");
    this.lines.restore();
  }

  private point(): void {
    const event = this.pointer;
    this.pointer = null;
    if (event) this.hover(this.hitAt(event), event.point.x, event.point.y);
  }

  private hover(hit: Hit | null, x: number, y: number): void {
    const same = hit?.layer === this.hovered?.layer && hit?.slot === this.hovered?.slot;
    this.hovered = hit;
    this.points.hold(hit && !this.lines.has(hit) ? hit : null);
    this.engine.getCanvas().classList.toggle("over", hit !== null);
    if (!same || hit) this.options.onHover(hit, x, y);
  }

  private hitAt(event: MapMouseEvent): Hit | null {
    const { lng, lat } = event.lngLat;
    const coarse = matchMedia("(pointer: coarse)").matches;
    const reach = (coarse ? FINGER : REACH) / (512 * 2 ** this.engine.getZoom());
    return this.points.hit(mercatorX(lng), mercatorY(lat), reach) ?? this.lines.hit(event.point);
  }
}

type Layers = StyleSpecification["layers"];

function ringLayers(): Layers {
  const alarm = levelColour("extreme");
  return [
    { id: "area", type: "fill", source: "rings", filter: ["==", ["get", "kind"], "area"], paint: { "fill-color": alarm, "fill-opacity": 0.08 } },
    { id: "area-edge", type: "line", source: "rings", filter: ["==", ["get", "kind"], "area"], paint: { "line-color": alarm, "line-width": 1.4, "line-dasharray": [4, 3] } },
    {
      id: "ring-alarmed",
      type: "circle",
      source: "rings",
      filter: ["==", ["get", "kind"], "alarmed"],
      paint: { "circle-radius": 24, "circle-color": alarm, "circle-opacity": 0.14, "circle-stroke-color": alarm, "circle-stroke-width": 1.2, "circle-stroke-opacity": 0.8 },
    },
    {
      id: "ring-selected",
      type: "circle",
      source: "rings",
      filter: ["==", ["get", "kind"], "selected"],
      paint: { "circle-radius": 17, "circle-color": "transparent", "circle-stroke-color": token("--ink"), "circle-stroke-width": 2 },
    },
  ];
}

function labelLayer(): Layers[number] {
  return {
    id: "labels",
    type: "symbol",
    source: "labels",
    layout: {
      "symbol-sort-key": ["get", "weight"],
      "text-field": ["get", "label"],
      "text-font": ["Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"],
      "text-size": 13,
      "text-variable-anchor": ["top", "bottom", "left", "right"],
      "text-radial-offset": 0.9,
      "text-justify": "auto",
      "text-optional": true,
    },
    paint: { "text-color": token("--ink"), "text-halo-color": token("--map-ground"), "text-halo-width": 1.6 },
  };
}

function style({ outline, tiles }: CentreMapOptions): StyleSpecification {
  const ground: Layers = [{ id: "ground", type: "background", paint: { "background-color": token("--map-ground") } }];
  const raster: Layers = tiles ? [{ id: "tiles", type: "raster", source: "tiles", paint: { "raster-opacity": 0.5 } }] : [];
  const land: Layers = [
    { id: "land", type: "fill", source: "outline", paint: { "fill-color": token("--map-land"), "fill-opacity": tiles ? 0.3 : 1 } },
    { id: "border", type: "line", source: "outline", layout: { "line-join": "round" }, paint: { "line-color": token("--map-border"), "line-width": 1.6 } },
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

function circle(longitude: number, latitude: number, radius: number): [number, number][] {
  const high = radius / 111_320;
  const wide = high / Math.cos((latitude * Math.PI) / 180);
  return Array.from({ length: 65 }, (_, n) => {
    const turn = (n * Math.PI) / 32;
    return [longitude + wide * Math.cos(turn), latitude + high * Math.sin(turn)];
  });
}
