/** What `../around/sphere.js` uses of three.js, for the type checker. */

export const LinearFilter: number;
export const LinearSRGBColorSpace: string;
export const RepeatWrapping: number;

export interface Matrix4 {
  readonly elements: number[];
}

export class Vector3 {
  constructor(x: number, y: number, z: number);
  x: number;
  y: number;
  z: number;
  clone(): Vector3;
  lerp(other: Vector3, share: number): this;
  applyMatrix4(matrix: Matrix4): this;
}

export class Texture {
  generateMipmaps: boolean;
  minFilter: number;
  premultiplyAlpha: boolean;
  wrapS: number;
  needsUpdate: boolean;
  dispose(): void;
}

export class CanvasTexture extends Texture {
  constructor(canvas: HTMLCanvasElement);
}

export class VideoTexture extends Texture {
  constructor(video: HTMLVideoElement);
}

export interface MaterialOptions {
  depthTest?: boolean;
  depthWrite?: boolean;
  premultipliedAlpha?: boolean;
  transparent?: boolean;
}

export class MeshBasicMaterial {
  constructor(options: MaterialOptions);
  map: Texture | null;
}

export class SphereGeometry {
  constructor(radius: number, columns: number, rows: number);
  scale(x: number, y: number, z: number): this;
  rotateY(angle: number): this;
}

export class Mesh {
  constructor(geometry: SphereGeometry, material: MeshBasicMaterial);
  readonly material: MeshBasicMaterial;
  renderOrder: number;
  visible: boolean;
}

export class Scene {
  readonly children: Mesh[];
  add(mesh: Mesh): this;
}

export class PerspectiveCamera {
  near: number;
  aspect: number;
  fov: number;
  readonly rotation: { order: string; set(x: number, y: number, z: number): void };
  readonly matrixWorld: Matrix4;
  readonly matrixWorldInverse: Matrix4;
  readonly projectionMatrix: Matrix4;
  updateProjectionMatrix(): void;
  updateMatrixWorld(): void;
}

export class WebGLRenderer {
  constructor(options: { canvas: HTMLCanvasElement; context: WebGL2RenderingContext });
  outputColorSpace: string;
  setPixelRatio(ratio: number): void;
  setSize(width: number, height: number, style: boolean): void;
  render(scene: Scene, camera: PerspectiveCamera): void;
}
