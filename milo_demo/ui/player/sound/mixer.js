/**
 * The mixer: the rows of the section Tracks, which say of every track whether and how loudly it is heard.
 *
 * Python renders the rows (`as_html` in ui/tracks/rows.py), anew with every result, so they are found again each time.
 * Whom the viewer listens to alone can also be chosen on the lanes and in the picture, and is all that is drawn then.
 *
 * @import { Instrument } from '../clip.js'
 * @import { Clock } from './clock.js'
 * @import { Track } from './mix.js'
 *
 * @typedef {Track & { element: HTMLElement, wave: Wave }} Row
 */
import { part, setPressed } from '../page.js';
import { Mix } from './mix.js';
import { Stems } from './stems.js';
import { Wave } from './wave.js';

const CUT_MS = 10; // between two looks at whether a muted part begins or ends

export class Mixer {
  mix = new Mix();
  /** @type {HTMLElement | null} */
  root = null;
  /** @type {Row[]} in the order of the tracks in their file */
  rows = [];
  /** @type {Stems | null} */
  stems = null;
  told = ''; // what the rows are of
  folder = ''; // of the clip
  duration_s = 1;
  watching = 0; // timer that looks after muted parts

  /**
   * @param {HTMLElement} container  in which Gradio puts the rows
   * @param {Clock} clock            which the tracks are to lead
   * @param {object} player
   * @param {() => void} player.changed  someone else is listened to
   * @param {(event: KeyboardEvent) => void} player.press
   * @param {(time_s: number) => void} player.seek
   */
  constructor(container, clock, player) {
    this.container = container;
    this.clock = clock;
    this.player = player;
    const changes = { childList: true, subtree: true, attributeFilter: ['data-src', 'data-track'] };
    new MutationObserver(() => this.find()).observe(container, changes);
    this.find();
  }

  /**
   * Begin anew with a clip: everybody is heard.
   *
   * @param {string} folder  where its files are; empty without one
   * @param {number} duration_s
   */
  load(folder, duration_s) {
    this.folder = folder;
    this.duration_s = duration_s;
    this.mix.reset();
    this.find();
    this.changed();
  }

  /**
   * Rows and clip arrive each in its own time: only those of the clip that is shown count. Gradio makes new rows of the
   * old ones, element by element; a copy of them is free of what was tied to the old.
   */
  find() {
    const found = /** @type {HTMLElement | null} */ (this.container.querySelector('.milo-mixer'));
    const ours = found && folderOf(`${found.dataset.src}`) === this.folder ? found : null;
    const names = [...(ours?.querySelectorAll('.milo-track') ?? [])].map((row) => /** @type {HTMLElement} */ (row).dataset.track);
    const told = ours ? [ours.dataset.src, ...names].join(' ') : '';
    if (told === this.told && (!ours || ours === this.root)) return;
    this.told = told;
    const root = ours && /** @type {HTMLElement} */ (ours.cloneNode(true));
    if (root) ours.replaceWith(root);
    this.root = root;
    this.clock.release();
    this.stems = null;
    const elements = /** @type {HTMLElement[]} */ ([...(root?.querySelectorAll('.milo-track') ?? [])]);
    this.rows = elements.map((element) => this.rowOf(element));
    this.mix.tracks = this.rows;
    if (!root) return;
    const stems = new Stems(new URL(`${root.dataset.src}`, document.baseURI).href, this.rows.length);
    stems.audio.addEventListener('error', () => { if (stems === this.stems) this.giveUp(); }); // not of one let go of
    this.stems = stems;
    this.clock.take(stems);
    this.listen(root);
    this.changed(); // an instrument may be listened to alone since before its track was there
  }

  /**
   * @param {HTMLElement} element
   * @returns {Row}
   */
  rowOf(element) {
    const { track: name = '', energy, title = '' } = element.dataset;
    const wave = new Wave(part(element, '.milo-wave', HTMLElement), title, this.duration_s, {
      seek: this.player.seek,
      cut: (stretch) => this.choose(() => this.mix.cut(name, stretch)),
      uncut: (stretch) => this.choose(() => this.mix.uncut(name, stretch)),
    });
    return { name, energy: Number(energy), element, wave };
  }

  /** This browser cannot play the file: the clip keeps its own sound. */
  giveUp() {
    if (!this.root) return;
    this.stems = null;
    this.clock.release();
    this.rows = this.mix.tracks = [];
    this.root.classList.add('milo-unplayable');
    this.say('This browser cannot mix the tracks; they can be downloaded.');
    for (const control of this.root.querySelectorAll('button, input')) control.toggleAttribute('disabled', true);
  }

  /** @param {string} words */
  say(words) {
    if (this.root) part(this.root, '.milo-mixer-says', HTMLElement).textContent = words;
  }

  /** @param {HTMLElement} root */
  listen(root) {
    for (const { name, element } of this.rows) {
      const on = (/** @type {string} */ act, /** @type {() => void} */ does) => {
        part(element, `[data-do=${act}]`, HTMLButtonElement).addEventListener('click', does);
      };
      on('solo', () => this.solo(name));
      on('mute', () => this.mute(name));
      on('only', () => this.only(name));
      on('cut', () => this.cutShown(name));
      const volume = part(element, 'input', HTMLInputElement);
      volume.addEventListener('input', () => this.choose(() => this.mix.volumes.set(name, Number(volume.value) / 100)));
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

  /** @param {string} name */
  solo(name) {
    this.choose(() => this.mix.solo(name));
  }

  /** @param {string} name */
  only(name) {
    this.choose(() => this.mix.only(name));
  }

  /** @param {string} name */
  mute(name) {
    this.choose(() => this.mix.mute(name));
  }

  /**
   * Mute a track in the part that the timelines show.
   *
   * @param {string} name
   */
  cutShown(name) {
    const shown = this.clock.part;
    if (shown) this.choose(() => this.mix.cut(name, shown));
    else this.say('Zoom into a part first, or drag over it in the waveform: the track is muted there.');
  }

  /**
   * The names of those who are not listened to, and so not drawn, while somebody is alone who is there: a link may tell
   * of others.
   *
   * @param {Instrument[]} labels
   * @returns {Set<string>}
   */
  hidden(labels) {
    const { solos } = this.mix;
    const alone = [...labels, ...this.rows].some(({ name }) => solos.has(name));
    return new Set(alone ? labels.map(({ name }) => name).filter((name) => !solos.has(name)) : []);
  }

  /**
   * What keys do: digits choose a track, M, S and X act on the row in focus.
   *
   * @param {KeyboardEvent} event
   * @returns {Record<string, () => void>}
   */
  acts(event) {
    const row = this.rows.find(({ element }) => element.contains(/** @type {Node} */ (event.target)));
    return {
      ...Object.fromEntries(this.rows.map(({ name }, index) => [String(index + 1), () => this.solo(name)])),
      ...(row && { m: () => this.mute(row.name), s: () => this.solo(row.name), x: () => this.cutShown(row.name) }),
    };
  }

  /**
   * Whoever mixes wants to hear it.
   *
   * @param {() => void} change
   */
  choose(change) {
    change();
    const original = this.switch('original');
    if (original) original.checked = false;
    this.say('');
    this.changed();
  }

  changed() {
    const { mix } = this;
    mix.original = this.switch('original')?.checked ?? false;
    mix.even = this.switch('even')?.checked ?? false;
    clearInterval(this.watching);
    if (mix.cuts.size && this.stems) this.watching = setInterval(() => this.level(), CUT_MS);
    this.level();
    for (const row of this.rows) {
      const { name, element, wave } = row;
      element.classList.toggle('milo-silent', mix.levelOf(row) === 0);
      setPressed(part(element, '[data-do=solo]', HTMLButtonElement), mix.solos.has(name));
      setPressed(part(element, '[data-do=mute]', HTMLButtonElement), mix.mutes.has(name));
      setPressed(part(element, '[data-do=only]', HTMLButtonElement), mix.isOnly(name));
      const volume = part(element, 'input', HTMLInputElement);
      volume.value = String(Math.round(100 * (mix.volumes.get(name) ?? 1)));
      volume.setAttribute('aria-valuetext', `${volume.value} %`);
      wave.showCuts(mix.cuts.get(name) ?? []);
    }
    this.player.changed();
  }

  /** Let every track be as loud as it is to be at this moment. */
  level() {
    this.rows.forEach((row, track) => this.stems?.setLevel(track, this.mix.levelAt(row, this.clock.time_s)));
  }

  /** @param {number} time_s */
  moveTo(time_s) {
    for (const { wave } of this.rows) wave.moveTo(time_s);
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
