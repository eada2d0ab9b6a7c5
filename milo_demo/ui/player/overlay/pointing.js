/**
 * Click to hear: whose instrument the pointer is on, said while it is there.
 *
 * @import { Corners, Instrument } from '../clip.js'
 * @import { Drawn } from '../layers.js'
 * @import { Overlay } from './overlay.js'
 * @import { Player } from '../player.js'
 * @import { Point } from './boxes.js'
 */
import { contained } from './boxes.js';
import { part } from '../page.js';

export class Pointing {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    const { screen } = player;
    this.words = part(screen, '.milo-pointed', HTMLElement);
    screen.addEventListener('pointermove', (event) => this.say(this.at(event)));
    screen.addEventListener('pointerleave', () => this.say(null));
  }

  /**
   * The instrument at the pointer that has a track to hear.
   *
   * @param {MouseEvent} event
   * @returns {Instrument | null}
   */
  at({ clientX, clientY }) {
    const { player: { absent, around: { sphere }, clip, clock, layers, mixer, overlay, screen } } = this;
    if (!clip?.has_video) return null;
    const { left, top, width, height } = screen.getBoundingClientRect();
    /** @type {Point} */
    const point = [clientX - left, clientY - top];
    const frame = contained(clip.width / clip.height, { width, height });
    const place = sphere?.placeAt(point)
      ?? /** @type {Point} */ ([(point[0] - frame.x) / frame.width, (point[1] - frame.y) / frame.height]);
    // While somebody is alone, the others can be pointed at all the same.
    const label = labelAt(overlay, place, clock.time_s * clip.steps_per_s, layers.drawn, absent);
    return label && mixer.has(label.name) ? label : null;
  }

  /** @param {Instrument | null} label */
  say(label) {
    const { words, player: { mixer } } = this;
    words.hidden = !label;
    if (label) words.textContent = mixer.mix.isOnly(label.name) ? 'Click to hear everything' : `Click to hear the ${label.title} alone`;
  }
}

/**
 * The instrument whose box is at a place, the smallest one; else the one whose map is hottest there.
 *
 * @param {Overlay} overlay
 * @param {Point} place  as fractions of the frame
 * @param {number} step
 * @param {Drawn} layers  which are drawn
 * @param {Set<string>} absent  names of instruments that are not there
 * @returns {Instrument | null}
 */
function labelAt(overlay, place, step, layers, absent) {
  const { heat, moments, threshold } = overlay;
  if (!moments) return null;
  const boxes = layers.boxes ? moments.boxesAt(step, threshold, absent) : [];
  const [box] = boxes.filter(({ corners }) => holds(corners, place))
    .sort((one, other) => size(one.corners) - size(other.corners));
  return box?.label ?? heat.hottest(moments.clip, step, layers.heat, absent, threshold, place);
}

/**
 * @param {Corners} corners
 * @param {Point} place
 */
function holds([x0, y0, x1, y1], [x, y]) {
  return y >= y0 && y < y1 && [0, 1].some((turn) => x + turn >= x0 && x + turn < x1); // a box may cross the seam
}

/** @param {Corners} corners */
function size([x0, y0, x1, y1]) {
  return (x1 - x0) * (y1 - y0);
}
