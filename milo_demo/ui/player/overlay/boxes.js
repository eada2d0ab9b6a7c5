/**
 * Boxes with names, drawn over a flat picture or a sphere.
 *
 * @import { Corners, Instrument } from '../clip.js'
 *
 * @typedef {[x: number, y: number]} Point
 *   on the screen, in CSS pixels, unless something else is said
 *
 * @typedef {object} Frame
 *   where a picture lies on the screen, in CSS pixels
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Outline
 *   what is seen of a box's edges
 * @property {Point[][]} lines
 * @property {number} left  where its name is to stand
 * @property {number} top
 */
import { brush } from '../page.js';

const FONT = '600 13px system-ui, sans-serif';
const PAPER = '#f8fafc';
const WEAK = 0.5; // opacity of a box that is no longer sure
const DASHES = [2, 7];

/** A canvas over a picture. */
export class BoxCanvas {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = brush(canvas);
  }

  /** Clear it, and let it have as many pixels as the screen. Returns its width and height in CSS pixels. */
  clear() {
    const { context, canvas } = this;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    return { width, height };
  }

  /**
   * @param {Instrument} label
   * @param {string} words     its name and score
   * @param {Outline} outline
   * @param {Frame} frame      in which the words have to stay
   * @param {boolean} sure      a box that is only held is drawn weaker
   */
  drawBox(label, words, { lines, left, top }, frame, sure) {
    const { context } = this;
    context.globalAlpha = sure ? 1 : WEAK;
    context.setLineDash(sure ? [] : DASHES);
    context.lineJoin = 'round';
    context.lineCap = 'round';
    context.beginPath();
    for (const [first, ...rest] of lines) {
      context.moveTo(...first);
      for (const point of rest) context.lineTo(...point);
    }
    /** @type {[string, number][]} */
    const strokes = [['rgba(15, 23, 42, 0.65)', 5], [label.colour, 2.5]];
    for (const [colour, line] of strokes) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.stroke();
    }
    this.drawTag(label, words, left, top, frame);
    context.globalAlpha = 1;
    context.setLineDash([]);
  }

  /**
   * Sign in the instrument's colour, then name and score: the colour alone would not tell 26 things apart.
   *
   * @param {Instrument} label
   * @param {string} words
   * @param {number} left
   * @param {number} top
   * @param {Frame} frame
   */
  drawTag({ sign, colour, ink }, words, left, top, frame) {
    const { context } = this;
    context.font = FONT;
    context.textBaseline = 'middle';
    const signWidth = context.measureText(sign).width + 10;
    const width = signWidth + context.measureText(words).width + 12;
    const x = Math.max(frame.x, Math.min(left - 1, frame.x + frame.width - width));
    const y = Math.max(frame.y, top - 22);
    context.fillStyle = 'rgba(15, 23, 42, 0.85)';
    context.fillRect(x, y, width, 21);
    context.fillStyle = colour;
    context.fillRect(x, y, signWidth, 21);
    context.fillStyle = ink;
    context.fillText(sign, x + 5, y + 11);
    context.fillStyle = PAPER;
    context.fillText(words, x + signWidth + 6, y + 11);
  }
}

/**
 * What is seen of a box in a flat picture: one outline, or two where the box goes across the seam of a 360° frame.
 *
 * @param {Corners} corners
 * @param {Frame} frame
 * @returns {Outline[]}
 */
export function flatOutlines([x0, y0, x1, y1], { x, y, width, height }) {
  const [top, bottom] = [y + y0 * height, y + y1 * height];
  return [-1, 0, 1].filter((turn) => x0 + turn < 1 && x1 + turn > 0).map((turn) => {
    const left = x + Math.max(x0 + turn, 0) * width;
    const right = x + Math.min(x1 + turn, 1) * width;
    /** @type {Point[][]} */
    const lines = [[[left, top], [right, top]], [[left, bottom], [right, bottom]]];
    if (x0 + turn >= 0) lines.push([[left, top], [left, bottom]]);
    if (x1 + turn <= 1) lines.push([[right, top], [right, bottom]]);
    return { lines, left, top };
  });
}

/**
 * Where a picture lies when it is fitted into a screen, as `object-fit: contain` does it.
 *
 * @param {number} ratio  width by height of the picture
 * @param {{ width: number, height: number }} screen
 * @returns {Frame}
 */
export function contained(ratio, { width, height }) {
  const fitted = width / height > ratio
    ? { width: height * ratio, height }
    : { width, height: width / ratio };
  return { ...fitted, x: (width - fitted.width) / 2, y: (height - fitted.height) / 2 };
}
