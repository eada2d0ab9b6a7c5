/**
 * What is drawn, from which score on, which part of the clip the timelines show, and the way from event to event.
 *
 * @import { Player } from './player.js'
 */
import { eventsOf, neighbours } from './lanes/events.js';
import { part } from './page.js';
import { written } from './controls.js';

const CLOSER = 0.5;

export class Layers {
  /**
   * @param {HTMLElement} root
   * @param {Player} player
   */
  constructor(root, player) {
    this.root = root;
    this.player = player;
    this.boxes = part(root, '[data-layer=boxes]', HTMLInputElement);
    this.maps = part(root, '[data-layer=maps]', HTMLInputElement);
    this.every = part(root, '[data-do=every]', HTMLInputElement);
    this.threshold = part(root, '[data-do=threshold]', HTMLInputElement);
    this.said = part(root, '.milo-event-said', HTMLElement);
    this.listen();
  }

  listen() {
    const { root, player, threshold } = this;
    /** @type {(name: string, act: () => void) => void} */
    const on = (name, act) => part(root, `[data-do=${name}]`, HTMLButtonElement).addEventListener('click', act);
    on('closer', () => player.zoomBy(CLOSER));
    on('farther', () => player.zoomBy(1 / CLOSER));
    on('previous', () => this.step(-1));
    on('next', () => this.step(1));
    on('keys', () => player.controls.keys.showModal());
    for (const layer of [this.boxes, this.maps]) layer.addEventListener('change', () => player.redraw());
    this.every.addEventListener('change', () => player.showFound());
    threshold.addEventListener('input', () => {
      part(root, '.milo-threshold output', HTMLElement).textContent = `${threshold.value} %`;
      player.setThreshold(Number(threshold.value) / 100);
    });
  }

  /** Which layers are to be drawn. */
  get drawn() {
    return { boxes: this.boxes.checked, maps: this.maps.checked };
  }

  /**
   * Go to where somebody of those who are drawn begins.
   *
   * @param {1 | -1} way  to the next, or the one before
   */
  step(way) {
    const { player, player: { clip, overlay: { threshold } } } = this;
    if (!clip) return;
    const events = neighbours(eventsOf(clip, threshold, player.hidden), player.clock.time_s, way);
    player.lanes.showEvents(events);
    const said = events.map(({ label, kind, start_s, end_s }) => (
      `${clip.labels[label].title} ${kind} from ${written(start_s)} to ${written(end_s)}`));
    this.said.textContent = said.join('; ') || `Nobody begins ${way > 0 ? 'after' : 'before'} this moment.`;
    if (events.length) player.seek(events[0].start_s);
  }

  /** Nothing is pointed out any more. */
  forget() {
    this.said.textContent = '';
    this.player.lanes.showEvents([]);
  }

  /**
   * What keys do.
   *
   * @returns {Record<string, () => void>}
   */
  acts() {
    const { player } = this;
    return {
      '+': () => player.zoomBy(CLOSER),
      '=': () => player.zoomBy(CLOSER), // the same key, without shift
      '-': () => player.zoomBy(1 / CLOSER),
      0: () => player.zoom(null),
      a: () => player.setEdge(0),
      b: () => player.setEdge(1),
      n: () => this.step(1),
      p: () => this.step(-1),
    };
  }
}
