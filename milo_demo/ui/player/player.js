/**
 * The player: a clip's picture with what MILO sees drawn over it, its tracks, its timelines, all on one clock.
 *
 * Python hands over a clip (see clip.js) as the component's value; nothing goes back.
 *
 * @import { Clip, NoClip } from './clip.js'
 * @import { Range } from './lanes/figure.js'
 */
import { Address } from './address.js';
import { Around } from './around/around.js';
import { Compass } from './around/compass.js';
import { Looking } from './around/looking.js';
import { Controls } from './controls.js';
import { Correcting } from './correcting.js';
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
    this.followers = [this.timelines, this.mixer, this.captions];
    this.address = new Address(this);
    this.listen();
  }

  /** Names of the instruments that are not drawn: who is not there, and, while somebody is alone, everybody else. */
  get hidden() {
    return new Set([...this.absent, ...this.mixer.hidden(this.clip?.labels ?? [])]);
  }

  /**
   * Show a clip, or the empty or waiting screen. The same video with new findings goes on playing.
   *
   * @param {Clip | NoClip} value
   */
  show(value) {
    const { root } = this;
    const clip = value.state === 'ready' ? value : null;
    if (value.state === 'busy' && root.dataset.state !== 'busy') {
      bringIntoView(part(document, '#milo-where', HTMLElement));
    }
    if (value.state === 'idle' && value.example) part(document, `#milo-example-${value.example}`, HTMLElement).click();
    else if (value.state === 'busy' && !this.address.wanted) this.address.forget();
    const sameVideo = clip !== null && clip.video === this.clip?.video;
    this.clip = clip;
    root.dataset.state = value.state;
    root.classList.toggle('milo-sound-only', clip !== null && !clip.has_video);
    part(root, '.milo-badge', HTMLElement).hidden = !clip?.drawn;
    if (!sameVideo) this.load(clip);
    this.overlay.show(clip);
    this.verdict.show(clip);
    this.lanes.showLabels(clip?.labels ?? []);
    this.lanes.showSolos(this.mixer.mix.solos);
    this.showFound();
    if (!clip) return;
    this.address.restore();
    this.address.note();
  }

  /** @param {Clip | null} clip */
  load(clip) {
    this.zoom(null);
    this.layers.load(clip);
    this.mixer.load(clip ? folderOf(clip.video) : '', clip?.duration_s ?? 1);
    this.controls.load(clip);
    if (clip) {
      this.video.src = new URL(clip.video, document.baseURI).href;
      const ratio = clip.has_video ? clip.width / clip.height : 16 / 9;
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
    if (!this.clip) return;
    this.clock.seek(Math.max(0, Math.min(time_s, this.clip.duration_s)));
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
    if (!this.clip) return;
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
    this.controls.showTime(time_s, this.clip?.duration_s ?? 0);
  }
}

/**
 * From the line that says what is being done down to the lanes: what a run fills, on one screen.
 *
 * @param {HTMLElement} element
 */
function bringIntoView(element) {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
}
