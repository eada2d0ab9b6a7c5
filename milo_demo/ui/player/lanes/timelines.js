/**
 * All figures on the player's clock: the lanes, the notes, the tags. They show the same part of the clip.
 *
 * @import { Range } from './figure.js'
 */
import { part } from '../page.js';
import { Figure } from './figure.js';
import { Lanes } from './lanes.js';

const LANES = 'Lanes: for every instrument, what is heard above its line, what is seen below';
const OTHERS = { // element that holds a figure -> what it shows
  'milo-notes': 'Piano roll: every note that is played, in its instrument’s colour',
  'milo-tags': 'Timeline: for every tag, how well it describes the music',
};

export class Timelines {
  /** @param {ConstructorParameters<typeof Lanes>[2]} player  what they lead */
  constructor(player) {
    this.lanes = new Lanes(part(document, '#milo-timeline', HTMLElement), LANES, player);
    this.figures = [this.lanes, ...Object.entries(OTHERS).map(([id, label]) => (
      new Figure(part(document, `#${id}`, HTMLElement), label, player)))];
  }

  /** @param {Range | null} range  null: the whole clip */
  zoomTo(range) {
    for (const figure of this.figures) figure.zoomTo(range);
  }

  /**
   * The part shown when it becomes so many times as long, around a moment; null where that is the whole clip, undefined
   * where there is no figure.
   *
   * @param {number} factor
   * @param {number} time_s
   */
  zoomed(factor, time_s) {
    return this.figures.find(({ plot }) => plot)?.zoomed(factor, time_s);
  }

  /** @param {number} threshold */
  setThreshold(threshold) {
    for (const figure of this.figures) figure.setThreshold(threshold);
  }

  /** @param {number} time_s */
  moveTo(time_s) {
    for (const figure of this.figures) figure.moveTo(time_s);
  }
}
