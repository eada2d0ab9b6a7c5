/**
 * The player: a clip's picture with what MILO sees drawn over it, its tracks, its timelines, all on one clock.
 *
 * Python hands over a clip (see clip.js) as the component's value; nothing goes back.
 *
 * @import { Clip, NoClip } from './clip.js'
 * @import { Sphere } from './around/sphere.js'
 * @import { Range } from './timeline.js'
 */
import { Compass } from './around/compass.js';
import { Looking } from './around/looking.js';
import { Controls } from './controls.js';
import { Overlay } from './overlay.js';
import { part } from './page.js';
import { Pointing } from './pointing.js';
import { Clock } from './sound/clock.js';
import { Mixer } from './sound/mixer.js';
import { Timeline } from './timeline.js';

const FIGURES = { // element that holds a figure on the player's clock -> what it shows
  'milo-timeline': 'Timeline: for every instrument, what is heard above its line, what is seen below',
  'milo-notes': 'Piano roll: every note that is played, in its instrument’s colour',
  'milo-tags': 'Timeline: for every tag, how well it describes the music',
};

/**
 * Gradio's way in: called once, when the component's HTML stands in the page.
 *
 * @param {HTMLElement} element
 * @param {{ value: Clip | NoClip }} props
 * @param {(name: string, changed: () => void) => void} watch
 */
export function mount(element, props, watch) {
  const player = new Player(part(element, '.milo-player', HTMLElement));
  player.show(props.value);
  watch('value', () => player.show(props.value));
}

export class Player {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.video = part(root, 'video', HTMLVideoElement);
    this.clock = new Clock(this.video);
    this.screen = part(root, '.milo-screen', HTMLElement);
    this.label = this.screen.getAttribute('aria-label');
    this.flatOnly = part(root, '.milo-flat-only', HTMLElement);
    this.overlay = new Overlay(part(root, 'canvas', HTMLCanvasElement));
    this.looking = new Looking(root, { redraw: () => this.redraw(), shown: () => this.sphere !== null });
    this.compass = new Compass(root, this.looking);
    this.controls = new Controls(root, this);
    this.pointing = new Pointing(this);
    /** @type {Sphere | null} what shows a 360° clip all round the viewer; null while the picture is flat */
    this.sphere = null;
    /** @type {Promise<Sphere | null> | null} the same, from when it is first wanted; null in it: it cannot be had */
    this.making = null;
    this.wanted = false; // whether the viewer wants to look around
    this.timelines = Object.entries(FIGURES).map(([id, label]) => (
      new Timeline(part(document, `#${id}`, HTMLElement), label, {
        seek: (time_s) => this.seek(time_s),
        press: (event) => this.controls.press(event),
        zoom: (range) => this.zoom(range),
      })));
    /** @type {Clip | null} */
    this.clip = null;
    this.frame = 0; // the browser's next one, if there is to be drawn at it
    this.mixer = new Mixer(part(document, '#milo-tracks', HTMLElement), this.clock, {
      changed: () => {
        this.controls.showSolos();
        this.redraw();
      },
      press: (event) => this.controls.press(event),
    });
    this.listen();
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
    const sameVideo = clip !== null && clip.video === this.clip?.video;
    this.clip = clip;
    root.dataset.state = value.state;
    root.classList.toggle('milo-sound-only', clip !== null && !clip.has_video);
    part(root, '.milo-badge', HTMLElement).hidden = !clip?.drawn;
    if (!sameVideo) this.load(clip);
    this.overlay.show(clip);
    this.controls.showChips(clip?.labels ?? []);
    this.redraw();
  }

  /** @param {Clip | null} clip */
  load(clip) {
    this.zoom(null);
    this.clock.release();
    this.mixer.reset();
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
    this.lookAround(spherical);
  }

  /**
   * Show a 360° clip all round the viewer, or flat.
   *
   * @param {boolean} on
   */
  async lookAround(on) {
    this.wanted = on;
    const sphere = on ? await (this.making ??= this.makeSphere()) : null;
    if (this.wanted !== on) return; // another clip or another wish came in between
    sphere?.load();
    this.sphere = sphere;
    this.root.classList.toggle('milo-around', sphere !== null);
    this.flatOnly.hidden = !on || sphere !== null;
    this.controls.showAround(sphere !== null, on && !sphere);
    this.screen.setAttribute('aria-label', sphere ? `${this.label} ${this.screen.dataset.around}` : `${this.label}`);
    this.redraw();
  }

  /** What draws a sphere is fetched when the first 360° clip is shown. Resolves to null where there is no WebGL. */
  async makeSphere() {
    const canvas = document.createElement('canvas');
    canvas.className = 'milo-sphere';
    const context = canvas.getContext('webgl2', { alpha: false, antialias: true });
    if (!context) return null;
    const { Sphere } = await import('./around/sphere.js');
    canvas.addEventListener('webglcontextlost', () => {
      this.making = Promise.resolve(null);
      if (this.wanted) this.lookAround(true);
    });
    this.video.after(canvas);
    return new Sphere(canvas, context, {
      video: this.video,
      heat: this.overlay.heat,
      looking: this.looking,
      arrived: () => this.redraw(),
    });
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
    for (const timeline of this.timelines) timeline.zoomTo(range);
    this.clock.setPart(range);
  }

  /**
   * Show a part that is so many times as long, around the playhead.
   *
   * @param {number} factor
   */
  zoomBy(factor) {
    const timeline = this.timelines.find(({ plot }) => plot);
    if (timeline) this.zoom(timeline.zoomed(factor, this.clock.time_s));
  }

  toggle() {
    if (!this.clip) return;
    if (this.clock.playing) this.clock.pause();
    else this.clock.play();
  }

  /** @param {number} threshold */
  setThreshold(threshold) {
    this.overlay.threshold = threshold;
    for (const timeline of this.timelines) timeline.setThreshold(threshold);
    this.redraw();
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
    const hidden = this.mixer.hidden(this.clip?.labels ?? []);
    const placed = this.overlay.draw(time_s, this.controls.layers, hidden, this.sphere);
    if (this.sphere) this.compass.point(placed);
    for (const timeline of this.timelines) timeline.moveTo(time_s);
    this.controls.showTime(time_s, this.clip?.duration_s ?? 0);
  }
}

/**
 * From the line that says what is being done down to the timeline: what a run fills, on one screen.
 *
 * @param {HTMLElement} element
 */
function bringIntoView(element) {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
}
