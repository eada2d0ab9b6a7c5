/**
 * Which way the viewer of a 360° clip looks: dragged, zoomed, turned by keys.
 *
 * Angles are radians, to the right and up of the middle of the frame, which is the front.
 *
 * @typedef {object} Direction
 * @property {number} yaw
 * @property {number} pitch
 *
 * @typedef {Direction & { wide: number }} View
 *   wide: angle of view along the screen's longer side
 */
import { part } from '../page.js';

const FARTHEST = 1.92; // angle of view along the screen's longer side: 110°
const CLOSEST = 0.5;
const USUAL = 1.66; // 95°
const KEY_STEP = Math.PI / 12;
const ZOOM_STEP = 1.2;
const WHEEL = 0.0015; // zoom per pixel of the wheel
const STILL_PX = 5; // a pointer that moves less is a click
const TURN_MS = 500;
export const UPRIGHT = Math.PI / 2;

export class Looking {
  yaw = 0;
  pitch = 0;
  wide = USUAL;
  /** @type {{ from: View, to: View, start_ms: number } | null} while the view turns by itself */
  turn = null;

  /**
   * @param {HTMLElement} root
   * @param {object} player
   * @param {() => void} player.redraw    draw again
   * @param {() => boolean} player.shown  whether the clip is shown all round now
   */
  constructor(root, player) {
    this.screen = part(root, '.milo-screen', HTMLElement);
    this.hint = part(root, '.milo-hint-drag', HTMLElement);
    this.player = player;
    /** @type {Map<number, { x: number, y: number, from: [x: number, y: number] }>} where each was last, by its id */
    this.pointers = new Map();
    this.dragged = false; // the click that follows a drag is none
    this.listen();
    part(root, '[data-do=front]', HTMLButtonElement).addEventListener('click', () => this.turnTo(0, 0, USUAL));
  }

  reset() {
    [this.yaw, this.pitch, this.wide] = [0, 0, USUAL];
    this.turn = null;
  }

  /** Distance of the eye from the screen, in its pixels. */
  get focal_px() {
    return Math.max(this.screen.clientWidth, this.screen.clientHeight) / 2 / Math.tan(this.wide / 2);
  }

  listen() {
    const { screen, pointers } = this;
    screen.addEventListener('pointerdown', (event) => {
      this.dragged = false;
      if (!this.player.shown() || event.button !== 0 || onButton(event)) return;
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, from: [event.clientX, event.clientY] });
    });
    screen.addEventListener('pointermove', (event) => this.drag(event));
    for (const end of /** @type {const} */ (['pointerup', 'pointercancel'])) {
      screen.addEventListener(end, (event) => {
        pointers.delete(event.pointerId);
        screen.classList.remove('milo-dragged');
      });
    }
    screen.addEventListener('wheel', (event) => {
      if (!this.player.shown()) return;
      const before = this.wide;
      const lines_px = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const pinched = event.ctrlKey ? 6 : 1; // two fingers on a touch pad come as a wheel, in small steps
      this.zoomBy(Math.exp(event.deltaY * lines_px * pinched * WHEEL));
      if (this.wide !== before) event.preventDefault(); // at its end, the wheel scrolls the page
    }, { passive: false });
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const { clientX: x, clientY: y } = event;
    if (!this.dragged) {
      if (Math.hypot(x - pointer.from[0], y - pointer.from[1]) < STILL_PX) return;
      this.dragged = true;
      this.screen.classList.add('milo-dragged');
      this.screen.setPointerCapture(event.pointerId);
    }
    const others = [...this.pointers.values()].filter((other) => other !== pointer);
    if (others.length) {
      const [{ x: otherX, y: otherY }] = others;
      this.zoomBy(Math.hypot(pointer.x - otherX, pointer.y - otherY) / Math.max(1, Math.hypot(x - otherX, y - otherY)));
    }
    const share = 1 / (1 + others.length); // of the way that two fingers move, each moves the view by half
    this.look(
      this.yaw - (share * (x - pointer.x)) / this.focal_px / Math.max(Math.cos(this.pitch), 0.25),
      this.pitch + (share * (y - pointer.y)) / this.focal_px,
    );
    Object.assign(pointer, { x, y });
  }

  /**
   * What the keys do that look around; shift goes with the arrows, which alone move in time.
   *
   * @param {KeyboardEvent} event
   * @returns {Record<string, () => void>}
   */
  acts(event) {
    const step = (KEY_STEP * this.wide) / USUAL;
    const { yaw, pitch, wide } = this.turn?.to ?? this;
    const arrows = {
      ArrowLeft: () => this.turnTo(yaw - step, pitch),
      ArrowRight: () => this.turnTo(yaw + step, pitch),
      ArrowUp: () => this.turnTo(yaw, pitch + step),
      ArrowDown: () => this.turnTo(yaw, pitch - step),
    };
    return {
      ...(event.shiftKey ? arrows : {}),
      i: () => this.turnTo(yaw, pitch, wide / ZOOM_STEP),
      o: () => this.turnTo(yaw, pitch, wide * ZOOM_STEP),
      h: () => this.turnTo(0, 0, USUAL),
    };
  }

  /**
   * @param {number} yaw
   * @param {number} pitch
   * @param {number} [wide]
   */
  look(yaw, pitch, wide = this.wide) {
    this.yaw = wrapped(yaw);
    this.pitch = clamped(pitch, -UPRIGHT, UPRIGHT);
    this.wide = clamped(wide, CLOSEST, FARTHEST);
    this.turn = null;
    this.hint.hidden = true;
    this.player.redraw();
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.look(this.yaw, this.pitch, this.wide * factor);
  }

  /**
   * Turn there in a moment, the shorter way round; at once where motion is not wanted.
   *
   * @param {number} yaw
   * @param {number} pitch
   * @param {number} [wide]
   */
  turnTo(yaw, pitch, wide = this.wide) {
    const to = {
      yaw: this.yaw + wrapped(yaw - this.yaw),
      pitch: clamped(pitch, -UPRIGHT, UPRIGHT),
      wide: clamped(wide, CLOSEST, FARTHEST),
    };
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.look(to.yaw, to.pitch, to.wide);
      return;
    }
    const { yaw: fromYaw, pitch: fromPitch, wide: fromWide } = this;
    this.turn = { from: { yaw: fromYaw, pitch: fromPitch, wide: fromWide }, to, start_ms: performance.now() };
    this.player.redraw();
  }

  /** Go on with a turn that is under way. */
  goOn() {
    if (!this.turn) return;
    const { turn } = this;
    const share = clamped((performance.now() - turn.start_ms) / TURN_MS, 0, 1);
    const eased = 1 - (1 - share) ** 3;
    const at = (/** @type {keyof View} */ name) => turn.from[name] + (turn.to[name] - turn.from[name]) * eased;
    this.look(at('yaw'), at('pitch'), at('wide'));
    if (share < 1) this.turn = turn;
  }
}

/** @param {Event} event */
function onButton(event) {
  return /** @type {Element} */ (event.target).closest('button') !== null;
}

/**
 * The same angle between -180° and 180°.
 *
 * @param {number} angle
 */
export function wrapped(angle) {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
function clamped(value, least, most) {
  return Math.max(least, Math.min(value, most));
}
