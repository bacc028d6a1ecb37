/** The little of three.js that the section view uses; the package brings no types along. */
declare module "three" {
  export class Vector3 {
    constructor(x?: number, y?: number, z?: number);
    x: number;
    y: number;
    z: number;
    set(x: number, y: number, z: number): this;
    clone(): Vector3;
    project(camera: PerspectiveCamera): this;
  }
  export class Color {
    constructor(colour: string);
    set(colour: string): this;
  }
  export class Object3D {
    readonly position: Vector3;
    readonly scale: Vector3;
    add(...parts: Object3D[]): this;
    clear(): this;
    lookAt(x: number, y: number, z: number): void;
  }
  export class Scene extends Object3D {
    background: Color | null;
  }
  export class Group extends Object3D {}
  export class PerspectiveCamera extends Object3D {
    constructor(angle: number, aspect: number, near: number, far: number);
    aspect: number;
    updateProjectionMatrix(): void;
  }
  export class WebGLRenderer {
    constructor(options: { canvas: HTMLCanvasElement; antialias: boolean });
    setPixelRatio(ratio: number): void;
    setSize(width: number, height: number, style: boolean): void;
    render(scene: Scene, camera: PerspectiveCamera): void;
    dispose(): void;
  }
  export class AmbientLight extends Object3D {
    constructor(colour: string, strength: number);
  }
  export class DirectionalLight extends Object3D {
    constructor(colour: string, strength: number);
  }
  class Geometry {
    dispose(): void;
  }
  export class BufferGeometry extends Geometry {
    setAttribute(name: string, attribute: Float32BufferAttribute): this;
    setIndex(index: number[]): this;
    computeVertexNormals(): void;
  }
  export class Float32BufferAttribute {
    constructor(values: number[], size: number);
  }
  export class Curve {}
  export class CatmullRomCurve3 extends Curve {
    constructor(points: Vector3[], closed: boolean, kind: string, tension: number);
  }
  export class TubeGeometry extends BufferGeometry {
    constructor(path: Curve, segments: number, radius: number, sides: number, closed: boolean);
  }
  export class ConeGeometry extends BufferGeometry {
    constructor(radius: number, height: number, sides: number);
  }
  interface Look {
    color: string;
    transparent?: boolean;
    opacity?: number;
    side?: number;
    depthWrite?: boolean;
  }
  class Material {}
  export class MeshLambertMaterial extends Material {
    constructor(look: Look);
  }
  export class MeshBasicMaterial extends Material {
    constructor(look: Look);
  }
  export class Mesh extends Object3D {
    constructor(geometry: BufferGeometry, material: Material);
  }
  export const DoubleSide: number;
}
