/** A MapLibre layer that draws the points of all layers straight from typed arrays. */
import type { CustomLayerInterface, CustomRenderMethodInput, Map as Engine } from "maplibre-gl";
import { PointSet, type Origin } from "./pointset";
import type { ChangesMessage, TableMessage } from "./protocol";
import { FLOATS, program } from "./shader";
import { drawShapes } from "./shapes";

interface OnCard {
  set: PointSet;
  vertices: WebGLBuffer;
  order: WebGLBuffer;
  array: WebGLVertexArrayObject;
}

export interface Palette {
  /** By number of state; red, green, blue, alpha from 0 to 1. */
  states: number[][];
  edge: number[];
}

/** What lies under a place on the screen. */
export interface Hit {
  layer: string;
  slot: number;
}

const BYTES = 4;

export class Points implements CustomLayerInterface {
  readonly id = "things";
  readonly type = "custom" as const;
  readonly renderingMode = "2d" as const;
  private gl: WebGL2RenderingContext | null = null;
  private made: WebGLProgram | null = null;
  private shapes: WebGLTexture | null = null;
  private readonly places: Record<string, WebGLUniformLocation | null> = {};
  private readonly sets = new Map<string, PointSet>();
  private readonly cards = new Map<string, OnCard>();
  private engine: Engine | null = null;
  private readonly begun = performance.now();
  private held: Hit | null = null;
  private told: number | null = null;

  /** `onDrawn` hears how many things stand in the picture, whenever that number has changed. */
  constructor(
    private readonly origin: Origin,
    private palette: Palette,
    private readonly onDrawn: (things: number | null) => void,
  ) {}

  onAdd(engine: Engine, gl: WebGL2RenderingContext): void {
    this.engine = engine;
    this.gl = gl;
    this.made = program(gl);
    this.cards.clear();
    this.shapes = texture(gl);
    for (const name of ["u_shapes", "u_matrix", "u_now", "u_size", "u_ratio", "u_colours", "u_edge"]) this.places[name] = gl.getUniformLocation(this.made, name);
    for (const set of this.sets.values()) {
      set.dirty = [0, set.size];
      set.reordered = true;
    }
  }

  /** The graphics card has let go: there is no picture until the layer is added anew. */
  lose(): void {
    this.gl = null;
    this.cards.clear();
    this.onDrawn((this.told = null));
  }

  paint(palette: Palette): void {
    this.palette = palette;
    this.engine?.triggerRepaint();
  }

  /** Seconds since the page began, as the shader counts. */
  get now(): number {
    return (performance.now() - this.begun) / 1000;
  }

  put(message: TableMessage): void {
    this.drop(message.layer, false);
    this.sets.set(message.layer, new PointSet(message, this.origin, this.sets.get(message.layer)));
    this.engine?.triggerRepaint();
  }

  take(message: ChangesMessage): void {
    this.sets.get(message.layer)?.take(message, this.now);
    this.engine?.triggerRepaint();
  }

  drop(layer: string, forget = true): void {
    const card = this.cards.get(layer);
    if (card && this.gl) {
      this.gl.deleteBuffer(card.vertices);
      this.gl.deleteBuffer(card.order);
      this.gl.deleteVertexArray(card.array);
    }
    this.cards.delete(layer);
    if (forget) this.sets.delete(layer);
    this.engine?.triggerRepaint();
  }

  /** What is under the pointer stays where it is. */
  hold(hit: Hit | null): void {
    if (this.held && (this.held.layer !== hit?.layer || this.held.slot !== hit.slot)) this.sets.get(this.held.layer)?.hold(null, this.now);
    if (hit) this.sets.get(hit.layer)?.hold(hit.slot, this.now);
    this.held = hit;
    this.engine?.triggerRepaint();
  }

  where(hit: Hit): Origin | null {
    const set = this.sets.get(hit.layer);
    return set && hit.slot < set.size ? set.where(hit.slot, this.now) : null;
  }

  stateOf(hit: Hit): number {
    return this.sets.get(hit.layer)?.stateOf(hit.slot) ?? 0;
  }

  /** The nearest point within a reach (of the world); of those equally near the worst. */
  hit(x: number, y: number, reach: number): Hit | null {
    let best: (Hit & { away: number }) | null = null;
    for (const [layer, set] of this.sets) {
      for (const slot of set.near(x, y, reach * 4)) {
        const at = set.where(slot, this.now);
        const away = Math.hypot(at.x - x, at.y - y) / reach - 0.15 * set.stateOf(slot);
        if (Math.hypot(at.x - x, at.y - y) <= reach && (!best || away < best.away)) best = { layer, slot, away };
      }
    }
    return best && { layer: best.layer, slot: best.slot };
  }

  render(gl: WebGL2RenderingContext | WebGLRenderingContext, options: CustomRenderMethodInput): void {
    if (!this.made || !(gl instanceof WebGL2RenderingContext)) return;
    gl.useProgram(this.made);
    gl.uniformMatrix4fv(this.places.u_matrix!, false, moved(options.defaultProjectionData.mainMatrix, this.origin));
    gl.uniform1f(this.places.u_now!, this.now);
    gl.uniform1f(this.places.u_ratio!, devicePixelRatio);
    gl.uniform4fv(this.places.u_colours!, this.palette.states.flat());
    gl.uniform4fv(this.places.u_edge!, this.palette.edge);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.shapes);
    gl.uniform1i(this.places.u_shapes!, 0);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    const zoom = this.engine?.getZoom() ?? 12;
    let gliding = false;
    let things = 0;
    for (const [layer, set] of this.sets) {
      this.draw(gl, layer, set, zoom);
      things += set.size;
      gliding ||= set.gliding > this.now;
    }
    gl.bindVertexArray(null);
    if (things !== this.told) this.onDrawn((this.told = things));
    if (gliding) this.engine?.triggerRepaint();
  }

  private draw(gl: WebGL2RenderingContext, layer: string, set: PointSet, zoom: number): void {
    const card = this.cards.get(layer) ?? this.open(gl, layer, set);
    gl.bindVertexArray(card.array);
    if (set.dirty) {
      const [first, last] = set.dirty;
      gl.bindBuffer(gl.ARRAY_BUFFER, card.vertices);
      if (last > first) gl.bufferSubData(gl.ARRAY_BUFFER, first * FLOATS * BYTES, set.floats, first * FLOATS, (last - first) * FLOATS);
      set.dirty = null;
    }
    if (set.reordered) {
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, card.order);
      gl.bufferSubData(gl.ELEMENT_ARRAY_BUFFER, 0, set.order, 0, set.drawn);
      set.reordered = false;
    }
    gl.uniform1f(this.places.u_size!, sizeOf(set.size, zoom));
    gl.drawElements(gl.POINTS, set.drawn, gl.UNSIGNED_INT, 0);
  }

  private open(gl: WebGL2RenderingContext, layer: string, set: PointSet): OnCard {
    const card = { set, vertices: gl.createBuffer(), order: gl.createBuffer(), array: gl.createVertexArray() };
    gl.bindVertexArray(card.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, card.vertices);
    gl.bufferData(gl.ARRAY_BUFFER, set.floats.byteLength, gl.DYNAMIC_DRAW);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, card.order);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, set.order.byteLength, gl.DYNAMIC_DRAW);
    ["a_from", "a_to", "a_glide", "a_look"].forEach((name, n) => {
      const place = gl.getAttribLocation(this.made!, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 2, gl.FLOAT, false, FLOATS * BYTES, n * 2 * BYTES);
    });
    set.dirty = [0, set.size];
    set.reordered = true;
    this.cards.set(layer, card);
    return card;
  }
}

/** The shapes with smaller pictures of them, premultiplied as they are drawn. */
function texture(gl: WebGL2RenderingContext): WebGLTexture {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, drawShapes());
  gl.generateMipmap(gl.TEXTURE_2D);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  return made;
}

/** The matrix with the origin moved into it in double precision. */
function moved(matrix: ArrayLike<number>, { x, y }: Origin): Float32Array {
  const found = Float64Array.from(matrix);
  for (let row = 0; row < 4; row++) found[12 + row]! += found[row]! * x + found[4 + row]! * y;
  return Float32Array.from(found);
}

/** Few things are drawn large, many small; all grow with nearness. */
function sizeOf(things: number, zoom: number): number {
  const least = things <= 120 ? 18 : things <= 1_500 ? 11 : things <= 6_000 ? 8 : 5;
  return least * Math.min(2, Math.max(1, 1 + (zoom - 12) * 0.22));
}
