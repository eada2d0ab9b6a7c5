/**
 * What is drawn over a clip's picture: maps as heat, boxes with names; where there is no picture, what is heard.
 *
 * @import { Clip, Mark } from '../clip.js'
 * @import { Frame } from './boxes.js'
 * @import { Sphere } from '../around/sphere.js'
 *
 * @typedef {Mark & { away: boolean }} Placed
 *   away: nothing of it is on the screen
 */
import { BoxCanvas, contained, flatOutlines } from './boxes.js';
import { Moments, between, neighbours } from '../clip.js';
import { brush } from '../page.js';

const HEAT = 0.72; // opacity of a place whose score is 1: the picture stays visible under it
const EASE = 0.15; // scores this little under the threshold fade out instead of vanishing

export class Overlay {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = new BoxCanvas(canvas);
    this.heat = document.createElement('canvas'); // all maps at their own size, scaled up when they are drawn
    this.oneHeat = document.createElement('canvas'); // one of them
    this.threshold = 0.5;
    /** @type {Moments | null} of the clip that is shown */
    this.moments = null;
    /** @type {Uint8Array | null} */
    this.maps = null;
  }

  /**
   * Take over a clip, or none; its maps follow when they have been fetched.
   *
   * @param {Clip | null} clip
   */
  async show(clip) {
    const last = this.moments?.clip;
    const fetched = clip?.maps && clip.maps.url === last?.maps?.url && clip.video === last?.video;
    const moments = clip && new Moments(clip);
    this.moments = moments;
    if (fetched) return;
    this.maps = null;
    if (!clip?.maps) return;
    const response = await fetch(new URL(clip.maps.url, document.baseURI));
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (this.moments !== moments) return; // another clip is shown by now
    if (!response.ok) throw new Error(`the maps could not be fetched: ${response.status}`);
    this.maps = bytes;
    this.canvas.canvas.dispatchEvent(new Event('milo-maps', { bubbles: true }));
  }

  /**
   * Draw the moment `time_s`.
   *
   * @param {number} time_s
   * @param {{ boxes: boolean, maps: boolean }} layers  which to draw
   * @param {Set<string>} hidden    names of instruments not to draw
   * @param {Sphere | null} sphere  where the picture is shown if it is not flat, which then shows the maps as well
   * @returns {Placed[]} what is there at the moment
   */
  draw(time_s, layers, hidden, sphere) {
    const screen = this.canvas.clear();
    if (!this.moments) return [];
    const { moments, moments: { clip }, threshold } = this;
    const step = time_s * clip.steps_per_s;
    if (!clip.has_video) {
      this.drawHeard(moments, step, screen, hidden);
      return [];
    }
    const frame = sphere ? { x: 0, y: 0, ...screen } : contained(clip.width / clip.height, screen);
    const heated = layers.maps && this.paintHeat(clip, step, hidden);
    if (sphere) sphere.draw(screen.width, screen.height, heated);
    else if (heated) this.drawHeat(frame);
    if (!layers.boxes) return [];
    const boxes = moments.boxesAt(step, threshold, hidden);
    return [...boxes, ...moments.heardAt(step, threshold, hidden, boxes)].map((mark) => {
      const outlines = sphere ? sphere.outlines(mark.corners) : flatOutlines(mark.corners, frame);
      for (const outline of outlines) this.canvas.drawBox(mark.label, mark.words, outline, frame);
      return { ...mark, away: !outlines.length };
    });
  }

  /**
   * Lay the maps of all labels over one another, at their own size. False where they are all clear, or not there yet.
   *
   * @param {Clip} clip
   * @param {number} step
   * @param {Set<string>} hidden
   */
  paintHeat(clip, step, hidden) {
    const { maps } = this;
    if (!maps || !clip.maps) return false;
    const { steps, labels, rows, columns } = clip.maps;
    const [whole, one] = [this.heat, this.oneHeat].map((canvas) => {
      canvas.width = columns;
      canvas.height = rows;
      return brush(canvas);
    });
    const [before, after, share] = neighbours(step, steps);
    const size = rows * columns;
    let any = false;
    clip.labels.slice(0, labels).forEach((label, index) => {
      if (hidden.has(label.name)) return;
      const [first, second] = [before, after].map((t) => {
        const from = (t * labels + index) * size;
        return maps.subarray(from, from + size);
      });
      const image = this.heatOf(first, second, share, label.colour, columns);
      if (!image) return;
      one.putImageData(image, 0, 0);
      whole.drawImage(this.oneHeat, 0, 0);
      any = true;
    });
    return any;
  }

  /**
   * A mixture of two maps of one label as an image; null where it is all clear.
   *
   * @param {Uint8Array} first
   * @param {Uint8Array} second
   * @param {number} share    how far the mixture lies from the first to the second
   * @param {string} colour
   * @param {number} columns
   */
  heatOf(first, second, share, colour, columns) {
    const [red, green, blue] = channels(colour);
    const image = new ImageData(columns, first.length / columns);
    let any = false;
    first.forEach((value, place) => {
      const score = between(value, second[place], share) / 255;
      const alpha = eased(score, this.threshold) * score * HEAT;
      if (alpha > 0) any = true;
      image.data.set([red, green, blue, alpha * 255], place * 4);
    });
    return any ? image : null;
  }

  /** @param {Frame} frame */
  drawHeat(frame) {
    const { context } = this.canvas;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.heat, frame.x, frame.y, frame.width, frame.height);
  }

  /**
   * A clip without a picture: a bar per instrument, as strong as it is heard now.
   *
   * @param {Moments} moments
   * @param {number} step
   * @param {{ width: number, height: number }} screen
   * @param {Set<string>} hidden
   */
  drawHeard(moments, step, { width, height }, hidden) {
    const { context } = this.canvas;
    if (!moments.clip.heard.length) return;
    const shown = moments.clip.labels.flatMap((label, index) => (hidden.has(label.name) ? [] : [{ label, index }]));
    const pitch = Math.min(56, (height - 32) / shown.length);
    const top = (height - pitch * shown.length) / 2;
    const nameWidth = Math.min(160, width * 0.36);
    shown.forEach(({ label, index }, place) => {
      const score = moments.heard(index, step);
      const y = top + pitch * (place + 0.5);
      context.globalAlpha = score < this.threshold ? 0.45 : 1;
      context.font = '600 15px system-ui, sans-serif';
      context.textBaseline = 'middle';
      context.textAlign = 'right';
      context.fillStyle = '#e2e8f0';
      context.fillText(label.title, nameWidth, y);
      context.textAlign = 'left';
      context.fillStyle = 'rgba(148, 163, 184, 0.18)';
      context.fillRect(nameWidth + 14, y - pitch * 0.22, width - nameWidth - 38, pitch * 0.44);
      context.fillStyle = label.colour;
      context.fillRect(nameWidth + 14, y - pitch * 0.22, (width - nameWidth - 38) * score, pitch * 0.44);
      context.globalAlpha = 1;
    });
  }
}

/**
 * 0 below the threshold, 1 from it on, with a soft edge under it.
 *
 * @param {number} score
 * @param {number} threshold
 */
function eased(score, threshold) {
  return Math.max(0, Math.min(1, (score - threshold) / EASE + 1));
}

/**
 * Red, green and blue of #rrggbb, 0-255.
 *
 * @param {string} colour
 */
function channels(colour) {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}
