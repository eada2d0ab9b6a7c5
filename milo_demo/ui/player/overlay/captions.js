/**
 * Captions over the picture: who plays at the moment, in words, for those who cannot hear it. What captions.vtt says at
 * one threshold (milo_demo/export/captions.py), here at the one that is chosen.
 *
 * @import { Clip } from '../clip.js'
 * @import { Event } from '../lanes/events.js'
 */
import { eventsOf, playing } from '../lanes/events.js';

const KINDS = { heard: '♪ ', played: '', seen: '' }; // the first that there is anything of is told

export class Captions {
  /** @type {Clip | null} */
  clip = null;
  /** @type {Event[]} */
  events = [];
  mark = '';

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
  }

  /** @param {boolean} shown */
  setShown(shown) {
    this.root.hidden = !shown;
  }

  /**
   * @param {Clip | null} clip
   * @param {number} threshold
   * @param {Set<string>} hidden  names of instruments that are not spoken of
   */
  show(clip, threshold, hidden) {
    const all = clip ? eventsOf(clip, threshold, hidden) : [];
    const [kind, mark] = Object.entries(KINDS).find(([name]) => all.some((event) => event.kind === name)) ?? ['', ''];
    this.events = all.filter((event) => event.kind === kind);
    this.mark = mark;
    this.clip = clip;
  }

  /** @param {number} time_s */
  moveTo(time_s) {
    const titles = playing(this.events, time_s).map((label) => this.clip?.labels[label].title);
    const words = titles.length ? this.mark + titles.join(', ') : '';
    if (this.root.textContent !== words) this.root.textContent = words;
  }
}
