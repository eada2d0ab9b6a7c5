/**
 * What is drawn, from which score on, which part of the clip the timelines show, and the way from event to event.
 *
 * @import { Clip } from './clip.js'
 * @import { Player } from './player.js'
 *
 * @typedef {object} Drawn
 * @property {boolean} boxes
 * @property {string[]} heat  the maps, by their layers, the lowest first
 * @property {boolean} hands
 */
import { eventsOf, neighbours } from './lanes/events.js';
import { part, written } from './page.js';

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
    /** Maps of which are drawn as heat, the lowest first. */
    this.heat = ['seen', 'source', 'movement', 'played'].map((name) => part(root, `[data-layer=${name}]`, HTMLInputElement));
    this.hands = part(root, '[data-layer=hands]', HTMLInputElement);
    this.captions = part(root, '[data-layer=captions]', HTMLInputElement);
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
    on('link', () => this.copyLink());
    on('keys', () => player.controls.keys.showModal());
    for (const layer of this.all) layer.addEventListener('change', () => this.draw(this.all.filter((it) => it.checked)));
    this.every.addEventListener('change', () => player.showFound());
    threshold.addEventListener('input', () => this.setThreshold(Number(threshold.value)));
  }

  get all() {
    return [this.boxes, ...this.heat, this.hands, this.captions];
  }

  /** Names of the layers that are drawn. */
  get names() {
    return this.all.filter(({ checked }) => checked).map(({ dataset }) => `${dataset.layer}`);
  }

  /**
   * Draw these layers and no others.
   *
   * @param {HTMLInputElement[]} layers
   */
  draw(layers) {
    for (const layer of this.all) layer.checked = layers.includes(layer);
    this.player.captions.setShown(this.captions.checked);
    this.player.changed();
  }

  /** @param {number} per_cent */
  setThreshold(per_cent) {
    this.threshold.value = `${per_cent}`; // which keeps it within its bounds
    part(this.root, '.milo-threshold output', HTMLElement).textContent = `${this.threshold.value} %`;
    this.player.setThreshold(Number(this.threshold.value) / 100);
    this.player.changed();
  }

  /** Copy the address, which tells of the moment. */
  async copyLink() {
    this.player.address.write();
    try {
      await navigator.clipboard.writeText(window.location.href);
      this.said.textContent = 'The link to this moment is copied.';
    } catch {
      this.said.textContent = 'This browser does not let it be copied: the page’s address is the link to this moment.';
    }
  }

  /**
   * Which layers are to be drawn into the picture.
   *
   * @returns {Drawn}
   */
  get drawn() {
    const heat = this.heat.filter(({ checked }) => checked).map(({ dataset }) => `${dataset.layer}`);
    return { boxes: this.boxes.checked, heat, hands: this.hands.checked };
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

  /**
   * Begin anew with a clip, or with none: then there is nothing to choose.
   *
   * @param {Clip | null} clip
   */
  load(clip) {
    this.forget();
    for (const control of this.root.querySelectorAll('input, button:not([data-do=keys])')) {
      control.toggleAttribute('disabled', !clip);
    }
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
      c: () => this.captions.click(),
      n: () => this.step(1),
      p: () => this.step(-1),
    };
  }
}
