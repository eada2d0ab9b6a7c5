/**
 * Where everything is in a 360° clip: a compass, and arrows at the screen's rim that lead to what is out of sight.
 *
 * @import { Corners, Mark } from '../clip.js'
 * @import { Placed } from '../overlay/overlay.js'
 * @import { Direction, Looking } from './looking.js'
 *
 * @typedef {object} AtRim
 *   where at the screen's rim an arrow lies, in CSS pixels, and which way it points, clockwise from right
 * @property {number} x
 * @property {number} y
 * @property {number} angle
 *
 * @typedef {object} Arrow
 * @property {HTMLButtonElement} button
 * @property {Direction} to  what it turns to
 */
import { part } from '../page.js';
import { UPRIGHT, wrapped } from './looking.js';

const ARROW_PX = 34; // between two arrows at the rim
export const ALL_ROUND = 0.999; // a box as wide as this has no sides: it lies around a pole

export class Compass {
  /**
   * @param {HTMLElement} root
   * @param {Looking} looking
   */
  constructor(root, looking) {
    this.screen = part(root, '.milo-screen', HTMLElement);
    this.rim = part(root, '.milo-rim', HTMLElement);
    this.compass = part(root, '.milo-compass', SVGElement);
    this.wedge = part(this.compass, '.milo-wedge', SVGElement);
    this.dots = part(this.compass, '.milo-dots', SVGElement);
    this.looking = looking;
    /** @type {Map<string, Arrow>} by player and name, which may be put right */
    this.arrows = new Map();
  }

  /**
   * Point to what there is.
   *
   * @param {Placed[]} boxes  at the moment
   */
  point(boxes) {
    const { clientWidth: width, clientHeight: height } = this.screen;
    const placed = boxes.map((box) => ({ ...box, ...middle(box.corners) }));
    this.showCompass(placed);
    const away = placed.filter((box) => box.away).map((box) => ({ ...box, ...this.atRim(box, width, height) }));
    spread(away, height);
    const left = new Set(this.arrows.keys());
    for (const box of away) {
      const key = `${box.player} ${box.label.name}`;
      left.delete(key);
      const arrow = this.arrows.get(key) ?? this.arrowFor(box, key);
      arrow.button.style.transform = `translate(${box.x}px, ${box.y}px) translate(-50%, -50%)`;
      arrow.button.style.setProperty('--angle', `${box.angle}rad`);
      arrow.to = box;
    }
    for (const key of left) {
      this.arrows.get(key)?.button.remove();
      this.arrows.delete(key);
    }
  }

  /**
   * A new arrow.
   *
   * @param {Mark & Direction} box
   * @param {string} key
   * @returns {Arrow}
   */
  arrowFor({ label, yaw, pitch }, key) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'milo-arrow';
    button.style.setProperty('--hue', label.colour);
    button.style.setProperty('--ink', label.ink);
    button.title = `Turn to the ${label.title}`;
    button.setAttribute('aria-label', button.title);
    button.innerHTML = '<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M32 11l15 13-15 13z"/></svg>'
      + '<b aria-hidden="true"></b>';
    part(button, 'b', HTMLElement).textContent = label.sign;
    const arrow = { button, to: { yaw, pitch } };
    button.addEventListener('click', () => this.looking.turnTo(arrow.to.yaw, arrow.to.pitch));
    this.arrows.set(key, arrow);
    this.rim.append(button);
    return arrow;
  }

  /**
   * Where at the screen's rim the way to something begins, and in which direction it goes on.
   *
   * @param {Direction} to
   * @param {number} width   of the screen, in CSS pixels
   * @param {number} height
   * @returns {AtRim}
   */
  atRim({ yaw, pitch }, width, height) {
    const { looking } = this;
    const around = wrapped(yaw - looking.yaw);
    // As the viewer's eye has it: right, up and ahead of the middle of the screen.
    const right = Math.cos(pitch) * Math.sin(around);
    const level = Math.cos(pitch) * Math.cos(around);
    const up = Math.sin(pitch) * Math.cos(looking.pitch) - level * Math.sin(looking.pitch);
    const angle = Math.atan2(-up, right);
    const [farX, farY] = [width / 2 - ARROW_PX * 0.7, height / 2 - ARROW_PX * 0.7];
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    const reach = Math.min(farX / Math.max(Math.abs(x), 1e-6), farY / Math.max(Math.abs(y), 1e-6));
    return { angle, x: width / 2 + reach * x, y: height / 2 + reach * y };
  }

  /**
   * The view as a wedge, what there is as dots around it, the front at the top.
   *
   * @param {(Mark & Direction)[]} boxes
   */
  showCompass(boxes) {
    const { yaw: ahead, pitch, focal_px } = this.looking;
    const half = Math.atan(this.screen.clientWidth / 2 / focal_px);
    /** @type {(angle: number, radius: number) => string} */
    const at = (angle, radius) => `${(radius * Math.sin(angle)).toFixed(2)} ${(-radius * Math.cos(angle)).toFixed(2)}`;
    const wedge = `M0 0L${at(ahead - half, 20)}A20 20 0 0 1 ${at(ahead + half, 20)}z`;
    this.wedge.setAttribute('d', wedge);
    const dots = boxes.map(({ yaw, label }) => {
      const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
      const [x, y] = at(yaw, 20).split(' ');
      const attributes = { cx: x, cy: y, r: '3.4', fill: label.colour };
      for (const [name, value] of Object.entries(attributes)) dot.setAttribute(name, value);
      return dot;
    });
    this.dots.replaceChildren(...dots);
    this.compass.setAttribute('aria-label', `You look ${inWords(ahead, pitch)}`);
  }
}

/**
 * Where the middle of a box lies; of one that goes all round, the pole in it.
 *
 * @param {Corners} corners
 * @returns {Direction}
 */
function middle([x0, y0, x1, y1]) {
  if (x1 - x0 >= ALL_ROUND) return { yaw: 0, pitch: y0 + y1 < 1 ? UPRIGHT : -UPRIGHT };
  return { yaw: wrapped((x0 + x1 - 1) * Math.PI), pitch: ((1 - y0 - y1) / 2) * Math.PI };
}

/**
 * Arrows that would lie on one another move apart, up and down along their side of the screen.
 *
 * @param {AtRim[]} arrows
 * @param {number} height  of the screen
 */
function spread(arrows, height) {
  for (const side of [-1, 1]) {
    const column = arrows.filter(({ angle }) => Math.sign(Math.cos(angle)) === side).sort((a, b) => a.y - b.y);
    column.forEach((arrow, k) => {
      const before = column[k - 1];
      if (before && Math.abs(arrow.x - before.x) < ARROW_PX) arrow.y = Math.max(arrow.y, before.y + ARROW_PX);
    });
    const over = Math.max(0, (column.at(-1)?.y ?? 0) - (height - ARROW_PX * 0.7));
    for (const arrow of column) arrow.y -= over;
  }
}

/**
 * @param {number} yaw
 * @param {number} pitch
 */
function inWords(yaw, pitch) {
  const degrees = Math.round((yaw * 180) / Math.PI);
  const around = degrees ? `${Math.abs(degrees)}° to the ${degrees > 0 ? 'right' : 'left'}` : 'to the front';
  const up = Math.round((pitch * 180) / Math.PI);
  return up ? `${around}, ${Math.abs(up)}° ${up > 0 ? 'up' : 'down'}` : around;
}
