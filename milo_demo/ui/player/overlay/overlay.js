/**
 * What is drawn over a clip's picture: maps as heat, boxes with names; where there is no picture, what is heard.
 *
 * @import { Clip, Mark } from '../clip.js'
 * @import { Drawn } from '../layers.js'
 * @import { Frame } from './boxes.js'
 * @import { Sphere } from '../around/sphere.js'
 *
 * @typedef {Mark & { away: boolean }} Placed
 *   away: nothing of it is on the screen
 */
import { BoxCanvas, contained, flatOutlines } from './boxes.js';
import { Moments } from '../clip.js';
import { Heat } from './heat.js';

const [DOT, DOT_EDGE] = ['rgba(248, 250, 252, 0.6)', 'rgba(15, 23, 42, 0.6)'];
const DOT_PX = 4;

export class Overlay {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = new BoxCanvas(canvas);
    this.heat = new Heat();
    this.threshold = 0.5;
    /** @type {Moments | null} of the clip that is shown */
    this.moments = null;
  }

  /**
   * Take over a clip, or none; its maps follow when they have been fetched.
   *
   * @param {Clip | null} clip
   */
  async show(clip) {
    const last = this.moments?.clip;
    const moments = clip && new Moments(clip);
    this.moments = moments;
    if (clip && clip.video === last?.video && this.heat.has(clip)) return;
    this.heat.maps = new Map();
    if (!clip) return;
    const maps = await this.heat.fetch(clip);
    if (this.moments !== moments) return; // another clip is shown by now
    this.heat.maps = maps;
    this.canvas.canvas.dispatchEvent(new Event('milo-maps', { bubbles: true }));
  }

  /**
   * Draw the moment `time_s`.
   *
   * @param {number} time_s
   * @param {Drawn} layers          which to draw
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
    const heated = this.heat.paint(clip, step, layers.heat, hidden, threshold);
    if (sphere) sphere.draw(screen.width, screen.height, heated);
    else if (heated) this.drawHeat(frame);
    if (layers.hands && !sphere) this.drawHands(moments, step, frame);
    if (!layers.boxes) return [];
    const boxes = moments.boxesAt(step, threshold, hidden);
    const besides = [...moments.heardAt(step, threshold, hidden, boxes), ...moments.wordsAt(step, threshold)];
    return [...boxes, ...besides].map((mark) => {
      const outlines = sphere ? sphere.outlines(mark.corners) : flatOutlines(mark.corners, frame);
      for (const outline of outlines) this.canvas.drawBox(mark.label, mark.words, outline, frame, mark.sure);
      return { ...mark, away: !outlines.length };
    });
  }

  /** @param {Frame} frame */
  drawHeat(frame) {
    const { context } = this.canvas;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.heat.canvas, frame.x, frame.y, frame.width, frame.height);
  }

  /**
   * A dot where the finger tips of each hand are.
   *
   * @param {Moments} moments
   * @param {number} step
   * @param {Frame} frame
   */
  drawHands(moments, step, { x, y, width, height }) {
    const { context } = this.canvas;
    context.fillStyle = DOT;
    context.strokeStyle = DOT_EDGE;
    context.lineWidth = 1;
    for (const [left, top] of moments.hands[Math.floor(step)] ?? []) {
      context.beginPath();
      context.arc(x + left * width, y + top * height, DOT_PX, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
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
