/** The section in three dimensions: below the street, on it, above it; turned by pointer, keys or buttons. */
import { AmbientLight, BufferGeometry, CatmullRomCurve3, Color, ConeGeometry, DirectionalLight, DoubleSide, Float32BufferAttribute, Group, Mesh, MeshBasicMaterial, MeshLambertMaterial, PerspectiveCamera, Scene, TubeGeometry, Vector3, WebGLRenderer } from "three";
import { element } from "../elements";
import { BY_NUMBER } from "../centre/state";
import { levelColour, token } from "../centre/theme";
import type { Corridor, Piece, Plane } from "./corridor";

/** How large the scene is, whatever the street's length. */
const WIDE = 100;
/** Heights are drawn so large that the deepest and the highest thing come to this. */
const DEEP = 18;
const TALL = 26;
const LABELS = 24;

export class SectionScene {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(42, 1, 0.1, 1_000);
  private readonly labels: { at: Vector3; box: HTMLElement }[] = [];
  private turn: number;
  private tilt = 0.32;
  private far = 125;
  private readonly scale: number;
  private readonly middle: Plane;
  private readonly watch: ResizeObserver;

  constructor(
    private readonly holder: HTMLElement,
    private readonly shown: Corridor,
  ) {
    const canvas = element("canvas", { "aria-hidden": "true" });
    holder.replaceChildren(canvas);
    this.renderer = new WebGLRenderer({ canvas, antialias: true });
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    const [xs, ys] = [shown.street.map(([x]) => x), shown.street.map(([, y]) => y)];
    const across = Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    this.scale = WIDE / Math.max(across, 50);
    this.middle = [(Math.max(...xs) + Math.min(...xs)) / 2, (Math.max(...ys) + Math.min(...ys)) / 2];
    // Seen across the street, a little from one end.
    const [first, last] = [shown.street[0]!, shown.street[shown.street.length - 1]!];
    this.turn = Math.atan2(last[1] - first[1], last[0] - first[0]) - 0.35;
    this.build();
    this.drag(canvas);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(holder);
  }

  /** Turn by so many radians, tilt by so many, come nearer by a factor. */
  move(turn: number, tilt: number, nearer = 1): void {
    this.turn += turn;
    this.tilt = Math.min(1.45, Math.max(-0.35, this.tilt + tilt));
    this.far = Math.min(320, Math.max(25, this.far / nearer));
    this.draw();
  }

  close(): void {
    this.watch.disconnect();
    this.renderer.dispose();
    this.holder.replaceChildren();
  }

  private build(): void {
    this.scene.background = new Color(token("--map-ground"));
    this.scene.add(new AmbientLight("#ffffff", 1.6));
    const sun = new DirectionalLight("#ffffff", 1.8);
    sun.position.set(40, 80, 30);
    this.scene.add(sun, this.ribbon(this.shown.street, 14 * this.unit, 0, token("--map-border"), 0.85), this.ribbon(this.shown.street, 60 * this.unit, -0.05, token("--map-land"), 0.75));
    const { pieces } = this.shown;
    const deepest = Math.max(1, ...pieces.filter(({ space }) => space === "underground").map(({ low }) => low ?? 0));
    const highest = Math.max(1, ...pieces.filter(({ space }) => space === "air").map(({ high }) => high ?? 0));
    for (const piece of pieces) this.scene.add(this.part(piece, deepest, highest));
  }

  /** Widths are drawn larger on long streets, or they would not be seen. */
  private get unit(): number {
    return Math.max(1, this.shown.length / 1_200);
  }

  private part(piece: Piece, deepest: number, highest: number): Group {
    const group = new Group();
    const colour = levelColour(BY_NUMBER[piece.thing.state] ?? "unknown");
    if (piece.space === "underground") {
      const y = (-(piece.low ?? 1) / deepest) * DEEP;
      group.add(this.tube(piece.path, y, 0.5, colour));
      this.name(piece, y);
    } else if (piece.space === "air") {
      const [low, high] = [((piece.low ?? 0) / highest) * TALL, ((piece.high ?? piece.low ?? 0) / highest) * TALL];
      group.add(this.ribbon(piece.path, 50 * this.unit, low, colour, 0.3), this.ribbon(piece.path, 50 * this.unit, high, colour, 0.3), this.wall(piece.path, low, high, colour));
      this.name(piece, high);
    } else if (piece.path.length === 1) {
      const cone = new Mesh(new ConeGeometry(0.9, 2.4, 12), new MeshLambertMaterial({ color: colour }));
      const [x, z] = this.at(piece.path[0]!);
      cone.position.set(x, 1.2, z);
      group.add(cone);
      if (piece.thing.state > 1) this.name(piece, 2.8);
    } else group.add(this.tube(piece.path, 0.15, 0.28, colour));
    return group;
  }

  /** North is away from the eye. */
  private at([east, north]: Plane): [number, number] {
    return [(east - this.middle[0]) * this.scale, (this.middle[1] - north) * this.scale];
  }

  private tube(path: Plane[], y: number, radius: number, colour: string): Mesh {
    const points = path.map((one) => {
      const [x, z] = this.at(one);
      return new Vector3(x, y, z);
    });
    if (points.length === 1) points.push(new Vector3(points[0]!.x + 1, y, points[0]!.z));
    const geometry = new TubeGeometry(new CatmullRomCurve3(points, false, "catmullrom", 0), Math.min(400, points.length * 6), radius, 10, false);
    return new Mesh(geometry, new MeshLambertMaterial({ color: colour }));
  }

  /** A strip along a path, so many metres wide. */
  private ribbon(path: Plane[], metres: number, y: number, colour: string, opacity: number): Mesh {
    const corners: number[] = [];
    path.forEach((one, n) => {
      const [before, after] = [path[Math.max(0, n - 1)]!, path[Math.min(path.length - 1, n + 1)]!];
      const length = Math.hypot(after[0] - before[0], after[1] - before[1]) || 1;
      const aside: Plane = [(-(after[1] - before[1]) / length) * (metres / 2), ((after[0] - before[0]) / length) * (metres / 2)];
      for (const side of [1, -1]) {
        const [x, z] = this.at([one[0] + aside[0] * side, one[1] + aside[1] * side]);
        corners.push(x, y, z);
      }
    });
    return strip(corners, colour, opacity);
  }

  private wall(path: Plane[], low: number, high: number, colour: string): Mesh {
    const corners = path.flatMap((one) => {
      const [x, z] = this.at(one);
      return [x, low, z, x, high, z];
    });
    return strip(corners, colour, 0.14);
  }

  private name({ path, thing }: Piece, y: number): void {
    if (this.labels.length >= LABELS) return;
    const [x, z] = this.at(path[Math.floor(path.length / 2)]!);
    const box = element("span", { class: "section-label" }, thing.name);
    this.holder.append(box);
    this.labels.push({ at: new Vector3(x, y, z), box });
  }

  private drag(canvas: HTMLCanvasElement): void {
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) this.move(-event.movementX / 200, event.movementY / 250);
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.move(0, 0, event.deltaY < 0 ? 1.12 : 1 / 1.12);
    });
  }

  private draw(): void {
    const { clientWidth: wide, clientHeight: high } = this.holder;
    if (!wide || !high) return;
    this.renderer.setSize(wide, high, false);
    this.camera.aspect = wide / high;
    this.camera.updateProjectionMatrix();
    const flat = Math.cos(this.tilt) * this.far;
    this.camera.position.set(Math.sin(this.turn) * flat, Math.sin(this.tilt) * this.far, Math.cos(this.turn) * flat);
    this.camera.lookAt(0, 2, 0);
    this.renderer.render(this.scene, this.camera);
    this.place(wide, high);
  }

  /** Names that would cover another one are left out. */
  private place(wide: number, high: number): void {
    const taken: [number, number][] = [];
    for (const { at, box } of this.labels) {
      const seen = at.clone().project(this.camera);
      const [x, y] = [((seen.x + 1) / 2) * wide, ((1 - seen.y) / 2) * high];
      const free = seen.z < 1 && x > 0 && x < wide - 60 && y > 0 && y < high && taken.every(([a, b]) => Math.abs(a - x) > 90 || Math.abs(b - y) > 20);
      box.hidden = !free;
      if (!free) continue;
      taken.push([x, y]);
      box.style.setProperty("transform", `translate(${Math.round(x)}px, ${Math.round(y)}px)`);
    }
  }
}

function strip(corners: number[], colour: string, opacity: number): Mesh {
  const pairs = corners.length / 6;
  const index: number[] = [];
  for (let n = 0; n + 1 < pairs; n++) index.push(2 * n, 2 * n + 1, 2 * n + 2, 2 * n + 1, 2 * n + 3, 2 * n + 2);
  const geometry = new BufferGeometry().setAttribute("position", new Float32BufferAttribute(corners, 3)).setIndex(index);
  geometry.computeVertexNormals();
  return new Mesh(geometry, new MeshBasicMaterial({ color: colour, transparent: true, opacity, side: DoubleSide, depthWrite: false }));
}
