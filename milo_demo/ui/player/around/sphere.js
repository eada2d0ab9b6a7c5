/**
 * The picture of a 360° clip on a sphere, seen from its centre, with the maps as a second skin. Drawn by three.js.
 *
 * @import { Outline, Point } from '../overlay/boxes.js'
 * @import { Corners } from '../clip.js'
 * @import { Looking } from './looking.js'
 * @import { MaterialOptions } from '../three/three.module.min.js'
 */
import { brush } from '../page.js';
import { ALL_ROUND } from './compass.js';
import {
  CanvasTexture, LinearFilter, LinearSRGBColorSpace, Mesh, MeshBasicMaterial, PerspectiveCamera, RepeatWrapping,
  Scene, SphereGeometry, Vector3, VideoTexture, WebGLRenderer,
} from '../three/three.module.min.js';

const NEAR = 0.05; // nothing is nearer to the eye than this, as a part of the sphere's radius
const FINER = 8; // how much the maps are scaled up
const PAD = 2; // columns from beyond the seam that scaling up looks at
const FINE_DEG = 2; // the edges of a box are bent: pieces of this length are drawn as straight lines

export class Sphere {
  /**
   * @param {HTMLCanvasElement} canvas  where the picture is drawn
   * @param {WebGL2RenderingContext} context  the canvas's own
   * @param {object} source
   * @param {HTMLVideoElement} source.video  the picture
   * @param {HTMLCanvasElement} source.heat  the maps of the moment in the frame's own projection
   * @param {Looking} source.looking         which way the viewer looks
   * @param {() => void} source.arrived      called when the video has another picture
   */
  constructor(canvas, context, { video, heat, looking, arrived }) {
    this.video = video;
    this.looking = looking;
    this.size = [0, 0, 1]; // width and height in CSS pixels, and how many pixels of the screen each of these is
    this.renderer = new WebGLRenderer({ canvas, context });
    this.renderer.outputColorSpace = LinearSRGBColorSpace; // the video's colours as they are
    this.camera = new PerspectiveCamera();
    this.camera.near = NEAR;
    this.camera.rotation.order = 'YXZ'; // first up or down, then around
    this.scene = new Scene();
    this.picture = this.skin({ depthWrite: false });
    this.maps = this.skin({ transparent: true, premultipliedAlpha: true, depthWrite: false });
    this.heat = heat;
    this.padded = document.createElement('canvas');
    this.glow = document.createElement('canvas');
    this.glowing = new CanvasTexture(this.glow);
    this.glowing.generateMipmaps = false;
    this.glowing.minFilter = LinearFilter;
    this.glowing.premultiplyAlpha = true;
    this.glowing.wrapS = RepeatWrapping; // the first column is the last one's neighbour
    this.maps.material.map = this.glowing;
    /** @type {VideoTexture | null} the video on the sphere */
    this.playing = null;
    this.load();
    const again = () => { arrived(); video.requestVideoFrameCallback?.(again); };
    video.requestVideoFrameCallback?.(again);
    // A picture that came while the player was still hidden is not called back for.
    for (const event of ['loadeddata', 'seeked']) {
      video.addEventListener(event, () => {
        if (this.playing) this.playing.needsUpdate = true;
        arrived();
      });
    }
  }

  /**
   * A sphere around the eye on which the middle of the frame lies straight ahead, along -z.
   *
   * @param {MaterialOptions} options
   */
  skin(options) {
    const geometry = new SphereGeometry(1, 128, 64);
    geometry.scale(-1, 1, 1); // seen from inside, left must stay left
    geometry.rotateY(-Math.PI / 2);
    const mesh = new Mesh(geometry, new MeshBasicMaterial({ ...options, depthTest: false }));
    mesh.renderOrder = this.scene.children.length;
    this.scene.add(mesh);
    return mesh;
  }

  /** Take over the clip that the video now holds. */
  load() {
    this.playing?.dispose();
    this.playing = new VideoTexture(this.video);
    this.playing.needsUpdate = this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    this.picture.material.map = this.playing;
    this.glowing.dispose(); // the maps of another clip may have another size
  }

  /**
   * Draw what the viewer sees.
   *
   * @param {number} width  of the screen, in CSS pixels
   * @param {number} height
   * @param {boolean} heated  with the maps over it
   */
  draw(width, height, heated) {
    const { camera, renderer, maps, looking: { yaw, pitch, focal_px } } = this;
    const scale = window.devicePixelRatio || 1;
    if (differ(this.size, [width, height, scale])) {
      this.size = [width, height, scale];
      renderer.setPixelRatio(scale);
      renderer.setSize(width, height, false);
    }
    camera.aspect = width / height;
    camera.fov = (2 * Math.atan(height / 2 / focal_px) * 180) / Math.PI;
    camera.rotation.set(pitch, -yaw, 0);
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
    maps.visible = heated;
    if (heated) this.paintGlow();
    renderer.render(this.scene, camera);
  }

  /** The maps, whose places are as large as a hand, scaled up smoothly, across the seam as well. */
  paintGlow() {
    const { heat: { width, height }, padded, glow } = this;
    padded.width = width + 2 * PAD;
    padded.height = height;
    for (const turn of [-1, 0, 1]) brush(padded).drawImage(this.heat, PAD + turn * width, 0);
    glow.width = width * FINER;
    glow.height = height * FINER;
    const context = brush(glow);
    context.imageSmoothingQuality = 'high';
    context.drawImage(padded, -PAD * FINER, 0, padded.width * FINER, glow.height);
    this.glowing.needsUpdate = true;
  }

  /**
   * What is seen of a box: one outline, whose name stands at its upper left point, or none.
   *
   * @param {Corners} corners
   * @returns {Outline[]}
   */
  outlines([x0, y0, x1, y1]) {
    /** @type {(from: number, to: number, turn: number, point: (at: number) => Point) => Point[]} */
    const along = (from, to, turn, point) => {
      const pieces = Math.max(1, Math.ceil((Math.abs(to - from) * turn) / FINE_DEG));
      return Array.from({ length: pieces + 1 }, (_, k) => point(from + ((to - from) * k) / pieces));
    };
    const level = (/** @type {number} */ y) => along(x0, x1, 360, (x) => [x, y]);
    const upright = (/** @type {number} */ x) => along(y0, y1, 180, (y) => [x, y]);
    const edges = [level(y0), level(y1)];
    if (x1 - x0 < ALL_ROUND) edges.push(upright(x0), upright(x1));
    const lines = edges.flatMap((edge) => this.project(edge));
    const [width, height] = this.size;
    const seen = lines.flat().filter(([x, y]) => x >= 0 && y >= 0 && x <= width && y <= height);
    if (!seen.length) return [];
    const [left, top] = seen.reduce((best, point) => (point[0] + point[1] < best[0] + best[1] ? point : best));
    return [{ lines, left, top }];
  }

  /**
   * The place in the frame that is seen at a point of the screen.
   *
   * @param {Point} point
   * @returns {Point} as fractions of the frame
   */
  placeAt([x, y]) {
    const { camera, size: [width, height], looking: { focal_px } } = this;
    const sight = new Vector3((x - width / 2) / focal_px, (height / 2 - y) / focal_px, -1).applyMatrix4(camera.matrixWorld);
    const up = Math.atan2(sight.y, Math.hypot(sight.x, sight.z));
    return [Math.atan2(sight.x, -sight.z) / (2 * Math.PI) + 0.5, 0.5 - up / Math.PI];
  }

  /**
   * A line through points of the frame as lines on the screen: what lies behind the viewer is cut off.
   *
   * @param {Point[]} points  as fractions of the frame
   * @returns {Point[][]}
   */
  project(points) {
    const { camera, size: [width, height] } = this;
    const ahead = points.map(([x, y]) => direction(x, y).applyMatrix4(camera.matrixWorldInverse));
    /** @type {(point: Vector3) => Point} */
    const onScreen = (point) => {
      const { x, y } = point.clone().applyMatrix4(camera.projectionMatrix);
      return [((x + 1) / 2) * width, ((1 - y) / 2) * height];
    };
    /** @type {Point[][]} */
    const lines = [];
    /** @type {Point[] | null} */
    let line = null;
    ahead.forEach((point, k) => {
      const before = ahead[k - 1];
      if (before && (point.z < -NEAR) !== (before.z < -NEAR)) {
        const edge = before.clone().lerp(point, (-NEAR - before.z) / (point.z - before.z));
        if (!line) lines.push((line = []));
        line.push(onScreen(edge));
      }
      if (point.z >= -NEAR) {
        line = null;
      } else {
        if (!line) lines.push((line = []));
        line.push(onScreen(point));
      }
    });
    return lines;
  }
}

/**
 * @param {number[]} first
 * @param {number[]} second
 */
function differ(first, second) {
  return first.some((value, i) => value !== second[i]);
}

/**
 * Where a point of the frame lies around the viewer: right is x, up is y, the front is -z.
 *
 * @param {number} x  as a fraction of the frame
 * @param {number} y
 */
function direction(x, y) {
  const [around, up] = [(x - 0.5) * 2 * Math.PI, (0.5 - y) * Math.PI];
  return new Vector3(Math.sin(around) * Math.cos(up), Math.sin(up), -Math.cos(around) * Math.cos(up));
}
