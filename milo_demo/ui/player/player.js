/**
 * The player: a clip's picture with what MILO sees drawn over it, its tracks, its timelines, all on one clock.
 *
 * Python hands over a clip (see clip.js) as the component's value; nothing goes back.
 *
 * @import { Chosen, Clip, NoClip } from './clip.js'
 * @import { Range } from './lanes/figure.js'
 */
import { Address } from './address.js';
import { Around } from './around/around.js';
import { Compass } from './around/compass.js';
import { Looking } from './around/looking.js';
import { Controls } from './controls.js';
import { Correcting } from './correcting.js';
import { isEmbedded } from './embed.js';
import { Invite } from './input/invite.js';
import { Part } from './input/part.js';
import { Timelines } from './lanes/timelines.js';
import { Layers } from './layers.js';
import { Captions } from './overlay/captions.js';
import { Overlay } from './overlay/overlay.js';
import { Pointing } from './overlay/pointing.js';
import { part } from './page.js';
import { Clock } from './sound/clock.js';
import { Mixer, folderOf } from './sound/mixer.js';
import { Verdict } from './verdict.js';

export class Player {
  /**
   * @param {HTMLElement} root
   * @param {HTMLElement} below  the controls that stand apart from the picture
   * @param {() => void} ask     asks Python to put right what is to be corrected
   */
  constructor(root, below, ask) {
    this.root = root;
    this.video = part(root, 'video', HTMLVideoElement);
    this.clock = new Clock(this.video);
    this.screen = part(root, '.milo-screen', HTMLElement);
    this.overlay = new Overlay(part(root, 'canvas', HTMLCanvasElement));
    this.around = new Around(this);
    this.looking = new Looking(root, { redraw: () => this.redraw(), shown: () => this.around.sphere !== null });
    this.compass = new Compass(root, this.looking);
    this.controls = new Controls(root, this);
    this.pointing = new Pointing(this);
    this.captions = new Captions(part(root, '.milo-caption', HTMLElement));
    this.verdict = new Verdict(
      part(document, '#milo-answer', HTMLElement),
      part(document, '#milo-verdict', HTMLElement),
    );
    const led = {
      seek: (/** @type {number} */ time_s) => this.seek(time_s),
      press: (/** @type {KeyboardEvent} */ event) => this.controls.press(event),
      zoom: (/** @type {Range | null} */ range) => this.zoom(range),
      solo: (/** @type {string} */ name) => this.mixer.solo(name),
    };
    this.timelines = new Timelines(led);
    this.lanes = this.timelines.lanes;
    this.layers = new Layers(part(below, '.milo-layers', HTMLElement), this);
    this.correcting = new Correcting(below, this, ask);
    /** @type {Clip | null} */
    this.clip = null;
    /** @type {Clip | Chosen | null} what can be played: the clip, or one that is not analysed yet */
    this.shown = null;
    this.part = new Part(part(root, '.milo-part', HTMLElement), (time_s) => this.seek(time_s));
    /** @type {Set<string>} names of the instruments that are not spoken of, and so not drawn */
    this.absent = new Set();
    this.frame = 0; // the browser's next one, if there is to be drawn at it
    this.mixer = new Mixer(part(document, '#milo-tracks', HTMLElement), this.clock, {
      changed: () => {
        this.lanes.showSolos(this.mixer.mix.solos);
        this.captions.show(this.clip, this.overlay.threshold, this.hidden);
        this.changed();
      },
      press: led.press,
      seek: led.seek,
    });
    /** @type {{ moveTo: (time_s: number) => void }[]} that go with the playhead */
    this.followers = [this.timelines, this.mixer, this.captions, this.part];
    this.address = new Address(this);
    this.invite = new Invite(this);
    this.listen();
  }

  /** Names of the instruments that are not drawn: who is not there, and, while somebody is alone, everybody else. */
  get hidden() {
    return new Set([...this.absent, ...this.mixer.hidden(this.clip?.labels ?? [])]);
  }

  /**
   * Show a clip, or the empty or waiting screen. The same video with new findings goes on playing.
   *
   * @param {Clip | Chosen | NoClip} value
   */
  show(value) {
    const { root } = this;
    const clip = value.state === 'ready' ? value : null;
    const chosen = value.state === 'chosen' ? value : null;
    const shown = clip ?? chosen;
    const sameVideo = shown !== null && shown.video === this.shown?.video;
    const focus = this.focusAt(value.state);
    if (value.state === 'idle' && value.example) this.invite.pick(value.example);
    else if (value.state === 'busy' && !this.address.wanted) this.address.forget();
    else if (chosen) this.address.wanted = null; // the link was to another clip
    this.clip = clip;
    this.shown = shown;
    root.dataset.state = value.state;
    root.classList.toggle('milo-sound-only', shown !== null && !shown.has_video);
    part(root, '.milo-badge', HTMLElement).hidden = !clip?.drawn;
    if (!sameVideo) this.load(clip, chosen);
    this.part.show(chosen);
    root.dispatchEvent(new Event('milo-shown'));
    if (focus) focusOn(focus);
    this.overlay.show(clip);
    this.verdict.show(clip);
    this.lanes.showLabels(clip?.labels ?? []);
    this.lanes.showSolos(this.mixer.mix.solos);
    this.showFound();
    if (!clip) return;
    this.address.restore();
    this.address.note();
  }

  /**
   * Where the focus goes where it would be lost: the button that leads on, or the picture.
   *
   * @param {string} state  that the page comes to
   */
  focusAt(state) {
    if (isEmbedded) return null; // the page around has it
    const at = document.activeElement;
    const leaves = ['#milo-analyse', '#milo-whole', '#milo-again', '#milo-back', '.milo-invite'];
    const lost = !at || at === document.body || leaves.some((place) => at.closest(place));
    if (!lost || state === this.root.dataset.state || state === 'idle' || document.querySelector('dialog[open]')) return null;
    return state === 'chosen' ? part(document, '#milo-analyse', HTMLElement) : this.screen;
  }

  /**
   * @param {Clip | null} clip
   * @param {Chosen | null} chosen
   */
  load(clip, chosen) {
    const shown = clip ?? chosen;
    this.zoom(null);
    this.layers.load(clip);
    this.mixer.load(clip ? folderOf(clip.video) : '', clip?.duration_s ?? 1);
    this.controls.load(shown);
    this.root.classList.remove('milo-cannot-play');
    if (shown) {
      this.video.src = new URL(shown.video, document.baseURI).href;
      const ratio = shown.has_video ? shown.width / shown.height : 16 / 9;
      this.screen.style.setProperty('--ratio', String(Math.max(1, Math.min(ratio, 2.4))));
    } else {
      this.video.removeAttribute('src');
      this.video.load();
    }
    const spherical = clip?.projection === 'equirectangular';
    this.root.classList.toggle('milo-spherical', spherical);
    this.looking.reset();
    this.around.look(spherical);
    this.controls.showPlaying(); // a video that is exchanged stops without a word
  }

  /** Show who is spoken of, in lanes and picture. */
  showFound() {
    const names = this.clip?.labels.map(({ name }) => name) ?? [];
    const found = this.verdict.names;
    this.absent = new Set(names.filter((name) => !found.includes(name)));
    this.lanes.arrange(this.layers.every.checked ? [...found, ...this.absent] : found);
    this.captions.show(this.clip, this.overlay.threshold, this.hidden);
    this.changed();
  }

  /** @param {number} time_s */
  seek(time_s) {
    if (!this.shown) return;
    this.clock.seek(Math.max(0, Math.min(time_s, this.shown.duration_s)));
    this.redraw();
  }

  /**
   * Show the same part of the clip in all figures, which is also what is looped; null: all of it.
   *
   * @param {Range | null} range
   */
  zoom(range) {
    this.timelines.zoomTo(range);
    this.clock.setPart(range);
    this.address?.note();
  }

  /**
   * Show a part that is so many times as long, around the playhead.
   *
   * @param {number} factor
   */
  zoomBy(factor) {
    const range = this.timelines.zoomed(factor, this.clock.time_s);
    if (range !== undefined) this.zoom(range);
  }

  /**
   * Let the part that is shown begin, or end, at this moment.
   *
   * @param {0 | 1} edge
   */
  setEdge(edge) {
    if (!this.clip) return;
    const [from, to] = this.clock.part ?? [0, this.clip.duration_s];
    const { time_s } = this.clock;
    const range = /** @type {Range} */ (edge ? [time_s > from ? from : 0, time_s] : [time_s, time_s < to ? to : this.clip.duration_s]);
    if (range[0] < range[1]) this.zoom(range);
  }

  toggle() {
    if (!this.shown || (this.root.classList.contains('milo-cannot-play') && !this.clock.stems)) return;
    if (this.clock.playing) this.clock.pause();
    else this.clock.play();
  }

  /** @param {number} threshold */
  setThreshold(threshold) {
    this.overlay.threshold = threshold;
    this.verdict.setThreshold(threshold);
    this.timelines.setThreshold(threshold);
    this.showFound();
  }

  /** Something that is drawn or heard is so no more, or is so now. */
  changed() {
    this.root.dataset.wish = JSON.stringify(this.wish);
    this.address?.note();
    this.redraw();
  }

  /** What is seen and heard, for Python to make a video of (`wished` in ui/results.py). */
  get wish() {
    const { clip, hidden, layers, mixer, overlay: { threshold } } = this;
    const labels = (clip?.labels ?? []).map(({ name }) => name).filter((name) => !hidden.has(name));
    return { ...layers?.drawn, threshold, labels, ...mixer?.mix.wish };
  }

  listen() {
    this.screen.addEventListener('click', (event) => {
      const onButton = /** @type {Element} */ (event.target).closest('button');
      if (this.looking.dragged || onButton) return;
      const label = this.pointing.at(event);
      if (!label) {
        this.toggle();
        return;
      }
      this.mixer.only(label.name);
      this.pointing.say(label);
    });
    this.root.addEventListener('milo-maps', () => this.redraw());
    for (const event of ['loadedmetadata', 'loadeddata', 'seeked', 'play', 'pause', 'ended', 'timeupdate']) {
      this.clock.addEventListener(event, () => this.redraw());
    }
    this.clock.addEventListener('play', () => this.layers.forget());
    this.video.addEventListener('error', () => this.root.classList.toggle('milo-cannot-play', this.shown !== null));
    new ResizeObserver(() => this.redraw()).observe(this.screen);
  }

  /** Draw at the browser's next frame, and at every one after it while the video plays. */
  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.looking.goOn();
      this.draw();
      if (this.clock.playing) this.redraw();
    });
  }

  draw() {
    const { time_s } = this.clock;
    const { sphere } = this.around;
    const placed = this.overlay.draw(time_s, this.layers.drawn, this.hidden, sphere);
    if (sphere) this.compass.point(placed);
    for (const follower of this.followers) follower.moveTo(time_s);
    this.controls.showTime(time_s, this.shown?.duration_s ?? 0);
  }
}

/**
 * Once it can have the focus: a button may still be on its way to being enabled.
 *
 * @param {HTMLElement} element
 * @param {number} [tries]
 */
function focusOn(element, tries = 20) {
  element.focus({ preventScroll: true });
  if (document.activeElement !== element && tries) setTimeout(() => focusOn(element, tries - 1), 50);
}
