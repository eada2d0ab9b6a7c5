/**
 * The mixer: the rows of the section Tracks, which say of every track whether and how loudly it is heard.
 *
 * Python renders the rows (`as_html` in ui/tracks/rows.py), anew with every result, so they are found again each time.
 * Whom the viewer listens to alone can also be chosen on the chips and in the picture, and is all that is drawn then.
 *
 * @import { Instrument } from '../clip.js'
 * @import { Clock } from './clock.js'
 *
 * @typedef {object} Row
 * @property {string} name     of the instrument; `residual`
 * @property {number} energy   its share of the energy of all the sound
 * @property {number} volume   0-1
 * @property {HTMLElement} element
 */
import { part, setPressed } from '../page.js';
import { Stems } from './stems.js';

const RESIDUAL = 'residual';
const MOST_RAISED = 4; // 12 dB: a track that is hardly there is not blown up to noise

export class Mixer {
  /** @type {HTMLElement | null} */
  root = null;
  /** @type {Row[]} in the order of the tracks in their file */
  rows = [];
  /** @type {Stems | null} */
  stems = null;
  /** @type {Set<string>} names of whom the viewer listens to alone; with or without a track */
  solos = new Set();
  /** @type {Set<string>} */
  mutes = new Set();
  folder = ''; // of the clip

  /**
   * @param {HTMLElement} container  in which Gradio puts the rows
   * @param {Clock} clock            which the tracks are to lead
   * @param {object} player
   * @param {() => void} player.changed  someone else is listened to
   * @param {(event: KeyboardEvent) => void} player.press
   */
  constructor(container, clock, player) {
    this.container = container;
    this.clock = clock;
    this.player = player;
    new MutationObserver(() => this.find()).observe(container, { childList: true, subtree: true });
    this.find();
  }

  /**
   * Begin anew with a clip: everybody is heard.
   *
   * @param {string} folder  where its files are; empty without one
   */
  load(folder) {
    this.folder = folder;
    this.solos.clear();
    this.mutes.clear();
    this.find();
    this.changed();
  }

  /** Rows and clip arrive each in its own time: only those of the clip that is shown count. */
  find() {
    const found = /** @type {HTMLElement | null} */ (this.container.querySelector('.milo-mixer'));
    const root = found && folderOf(`${found.dataset.src}`) === this.folder ? found : null;
    if (root === this.root) return;
    this.root = root;
    this.clock.release();
    this.stems = null;
    this.rows = [...(root?.querySelectorAll('.milo-track') ?? [])].map((element) => {
      const { track = '', energy } = /** @type {HTMLElement} */ (element).dataset;
      return { name: track, energy: Number(energy), volume: 1, element: /** @type {HTMLElement} */ (element) };
    });
    if (!root) return;
    this.stems = new Stems(new URL(`${root.dataset.src}`, document.baseURI).href, this.rows.length);
    this.stems.audio.addEventListener('error', () => this.giveUp());
    this.clock.take(this.stems);
    this.listen(root);
    this.changed(); // an instrument may be listened to alone since before its track was there
  }

  /** This browser cannot play the file: the clip keeps its own sound. */
  giveUp() {
    if (!this.root?.isConnected) return; // it was let go of
    this.clock.release();
    this.rows = [];
    this.root.classList.add('milo-unplayable');
    part(this.root, '.milo-mixer-says', HTMLElement).textContent = 'This browser cannot mix the tracks; they can be downloaded.';
    for (const control of this.root.querySelectorAll('button, input')) control.toggleAttribute('disabled', true);
  }

  /** @param {HTMLElement} root */
  listen(root) {
    for (const row of this.rows) {
      const { name, element } = row;
      const on = (/** @type {string} */ act, /** @type {() => void} */ does) => {
        part(element, `[data-do=${act}]`, HTMLButtonElement).addEventListener('click', does);
      };
      on('solo', () => this.solo(name));
      on('mute', () => this.mute(name));
      on('only', () => this.only(name));
      const volume = part(element, 'input', HTMLInputElement);
      volume.addEventListener('input', () => {
        row.volume = Number(volume.value) / 100;
        volume.setAttribute('aria-valuetext', `${volume.value} %`);
        this.mixAnew();
      });
    }
    root.addEventListener('change', () => this.changed()); // a switch
    root.addEventListener('keydown', (event) => this.player.press(event));
  }

  /**
   * The switch with this `data-do`, where there is one.
   *
   * @param {string} name
   */
  switch(name) {
    return /** @type {HTMLInputElement | null | undefined} */ (this.root?.querySelector(`input[data-do=${name}]`));
  }

  /**
   * Whether this instrument has a track.
   *
   * @param {string} name
   */
  has(name) {
    return this.rows.some((row) => row.name === name);
  }

  /**
   * Listen to an instrument alone, or alone with others that are; again: no longer.
   *
   * @param {string} name
   */
  solo(name) {
    if (!this.solos.delete(name)) this.solos.add(name);
    this.mixAnew();
  }

  /**
   * Listen to this instrument and nobody else; again: to everything.
   *
   * @param {string} name
   */
  only(name) {
    const already = this.isOnly(name);
    this.solos.clear();
    if (!already) this.solos.add(name);
    this.mixAnew();
  }

  /** @param {string} name */
  mute(name) {
    if (!this.mutes.delete(name)) this.mutes.add(name);
    this.mixAnew();
  }

  /** @param {string} name */
  isOnly(name) {
    return this.solos.size === 1 && this.solos.has(name);
  }

  /**
   * The names of those who are not listened to, and so not drawn, while somebody is alone.
   *
   * @param {Instrument[]} labels
   * @returns {Set<string>}
   */
  hidden(labels) {
    return new Set(this.solos.size ? labels.map(({ name }) => name).filter((name) => !this.solos.has(name)) : []);
  }

  /**
   * What keys do: digits choose a track, M and S act on the row in focus.
   *
   * @param {KeyboardEvent} event
   * @returns {Record<string, () => void>}
   */
  acts(event) {
    const focused = this.rows.find(({ element }) => element.contains(/** @type {Node} */ (event.target)));
    return {
      ...Object.fromEntries(this.rows.map(({ name }, index) => [String(index + 1), () => this.solo(name)])),
      ...(focused ? { m: () => this.mute(focused.name), s: () => this.solo(focused.name) } : {}),
    };
  }

  /** Whoever mixes wants to hear it. */
  mixAnew() {
    const original = this.switch('original');
    if (original) original.checked = false;
    this.changed();
  }

  changed() {
    for (const [track, row] of this.rows.entries()) {
      const { name, element } = row;
      const level = this.levelOf(row);
      this.stems?.setLevel(track, level);
      element.classList.toggle('milo-silent', level === 0);
      setPressed(part(element, '[data-do=solo]', HTMLButtonElement), this.solos.has(name));
      setPressed(part(element, '[data-do=mute]', HTMLButtonElement), this.mutes.has(name));
      setPressed(part(element, '[data-do=only]', HTMLButtonElement), this.isOnly(name));
    }
    this.player.changed();
  }

  /** @param {Row} row */
  levelOf({ name, energy, volume }) {
    if (this.switch('original')?.checked) return 1; // all tracks together are the clip's sound
    const alone = this.rows.some((row) => this.solos.has(row.name));
    if (this.mutes.has(name) || (alone && !this.solos.has(name))) return 0;
    return volume * (this.switch('even')?.checked && name !== RESIDUAL ? this.raised(energy) : 1);
  }

  /**
   * By how much a track is raised or lowered to be as loud as the instruments are on average.
   *
   * @param {number} energy
   */
  raised(energy) {
    const all = this.rows.filter((row) => row.name !== RESIDUAL).map((row) => row.energy);
    const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
    return energy ? Math.min(Math.sqrt(mean / energy), MOST_RAISED) : 1;
  }
}

/**
 * The address of the folder in which a file is.
 *
 * @param {string} url
 */
export function folderOf(url) {
  return url.slice(0, url.lastIndexOf('/'));
}
