/**
 * Click to hear: whose instrument the pointer is on, said while it is there.
 *
 * @import { Corners, Instrument } from '../clip.js'
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
 * @param {{ boxes: boolean, maps: boolean }} layers  which are drawn
 * @param {Set<string>} absent  names of instruments that are not there
 * @returns {Instrument | null}
 */
function labelAt(overlay, place, step, layers, absent) {
  const boxes = layers.boxes && overlay.moments ? overlay.moments.boxesAt(step, overlay.threshold, absent) : [];
  const [box] = boxes.filter(({ corners }) => holds(corners, place))
    .sort((one, other) => size(one.corners) - size(other.corners));
  return box?.label ?? (layers.maps ? hottest(overlay, place, step, absent) : null);
}

/**
 * @param {Overlay} overlay
 * @param {Point} place
 * @param {number} step
 * @param {Set<string>} absent
 */
function hottest({ moments, maps, threshold }, [x, y], step, absent) {
  const clip = moments?.clip;
  if (!maps || !clip?.maps || x < 0 || x >= 1 || y < 0 || y >= 1) return null;
  const { steps, labels, rows, columns } = clip.maps;
  const from = Math.min(Math.floor(step), steps - 1) * labels;
  const inside = Math.floor(y * rows) * columns + Math.floor(x * columns);
  const scores = clip.labels.slice(0, labels).map(({ name }, index) => (
    absent.has(name) ? 0 : maps[(from + index) * rows * columns + inside] / 255));
  const best = scores.indexOf(Math.max(...scores));
  return scores[best] >= threshold ? clip.labels[best] : null;
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
