/**
 * The player: a video, what MILO sees drawn over it, and the clock that the timeline follows.
 *
 * Python hands over a clip (see `overlay.clip` in ui/overlay.py) as the component's value; nothing goes back.
 */
import { Looking } from './looking.js';
import { Overlay } from './overlay.js';
import { Timeline } from './timeline.js';

const SEEK_S = 1;
const FRAME_S = 1 / 25;
const CLOSER = 0.5;
const FIGURES = { // element that holds a figure on the player's clock -> what it shows
  'milo-timeline': 'Timeline: for every instrument, what is heard above its line, what is seen below',
  'milo-tags': 'Timeline: for every tag, how well it describes the music',
};

/** Gradio's way in: called once, when the component's HTML stands in the page. */
export function mount(element, props, watch) {
  const player = new Player(element.querySelector('.milo-player'));
  player.show(props.value);
  watch('value', () => player.show(props.value));
}

class Player {
  constructor(root) {
    this.root = root;
    this.video = root.querySelector('video');
    this.screen = root.querySelector('.milo-screen');
    this.label = this.screen.getAttribute('aria-label');
    this.seekBar = root.querySelector('.milo-seek');
    this.time = root.querySelector('.milo-time');
    this.chips = root.querySelector('.milo-chips');
    this.overlay = new Overlay(root.querySelector('canvas'));
    this.looking = new Looking(root, { redraw: () => this.redraw(), shown: () => this.sphere !== null });
    this.sphere = null; // what shows a 360° clip all round the viewer; null while the picture is flat
    this.timelines = Object.entries(FIGURES).map(([id, label]) => new Timeline(document.getElementById(id), label, {
      seek: (time_s) => this.seek(time_s),
      press: (event) => this.press(event),
      zoom: (range) => this.zoom(range),
    }));
    this.clip = { state: 'idle' };
    this.hidden = new Set(); // names of instruments that the viewer has switched off
    this.frame = 0;
    this.listen();
  }

  /** Show a clip, or the empty or waiting screen. The same video with new findings goes on playing. */
  show(clip) {
    if (clip.state === 'busy' && this.clip.state !== 'busy') bringIntoView(document.getElementById('milo-where'));
    const sameVideo = clip.video && clip.video === this.clip.video;
    this.clip = clip;
    this.root.dataset.state = clip.state;
    this.root.classList.toggle('milo-sound-only', clip.state === 'ready' && !clip.has_video);
    this.root.querySelector('.milo-badge').hidden = !clip.drawn;
    if (!sameVideo) this.load(clip);
    this.overlay.show(clip);
    this.showChips(clip.labels ?? []);
    this.redraw();
  }

  load(clip) {
    this.hidden.clear();
    this.zoom(null);
    this.seekBar.value = 0;
    this.seekBar.max = clip.duration_s ?? 1;
    if (clip.video) {
      this.video.src = new URL(clip.video, document.baseURI).href;
      const ratio = clip.has_video ? clip.width / clip.height : 16 / 9;
      this.screen.style.setProperty('--ratio', Math.max(1, Math.min(ratio, 2.4)));
    } else {
      this.video.removeAttribute('src');
      this.video.load();
    }
    for (const control of this.root.querySelectorAll('.milo-controls > *')) control.disabled = !clip.video;
    const spherical = clip.projection === 'equirectangular';
    this.root.classList.toggle('milo-spherical', spherical);
    this.looking.reset();
    this.lookAround(spherical);
  }

  /** Show a 360° clip all round the viewer, or flat. */
  async lookAround(on) {
    this.wanted = on;
    const sphere = on ? await (this.making ??= this.makeSphere()) : null;
    if (this.wanted !== on) return; // another clip or another wish came in between
    sphere?.load();
    this.sphere = sphere;
    this.root.classList.toggle('milo-around', sphere !== null);
    this.root.querySelector('.milo-flat-only').hidden = !on || sphere !== null;
    const button = this.root.querySelector('[data-do=around]');
    button.setAttribute('aria-pressed', sphere !== null);
    button.disabled = on && !sphere;
    this.screen.setAttribute('aria-label', sphere ? `${this.label} ${this.screen.dataset.around}` : this.label);
    this.redraw();
  }

  /** What draws a sphere is fetched when the first 360° clip is shown. Resolves to null where there is no WebGL. */
  async makeSphere() {
    const canvas = document.createElement('canvas');
    canvas.className = 'milo-sphere';
    const context = canvas.getContext('webgl2', { alpha: false, antialias: true });
    if (!context) return null;
    const { Sphere } = await import('./sphere.js');
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

  /** One button per instrument: pressed ones are drawn. */
  showChips(labels) {
    this.chips.replaceChildren(...labels.map((label) => {
      const chip = document.createElement('button');
      chip.type = 'button';
      chip.className = 'milo-chip';
      chip.style.setProperty('--hue', label.colour);
      chip.setAttribute('aria-pressed', !this.hidden.has(label.name));
      chip.innerHTML = '<b aria-hidden="true"></b> <span></span>';
      chip.firstChild.textContent = label.sign;
      chip.lastChild.textContent = label.title;
      if (label.by_ear) chip.insertAdjacentHTML('beforeend', ' <small>by ear only</small>');
      chip.addEventListener('click', () => {
        if (!this.hidden.delete(label.name)) this.hidden.add(label.name);
        chip.setAttribute('aria-pressed', !this.hidden.has(label.name));
        this.redraw();
      });
      return chip;
    }));
  }

  seek(time_s) {
    if (!this.clip.video) return;
    this.video.currentTime = Math.max(0, Math.min(time_s, this.clip.duration_s));
    this.redraw();
  }

  /** Show the same part of the clip, [from, to] in seconds, in all figures; null: all of it. */
  zoom(range) {
    for (const timeline of this.timelines) timeline.zoomTo(range);
  }

  /** Show a part that is so many times as long, around the playhead. */
  zoomBy(factor) {
    const timeline = this.timelines.find(({ plot }) => plot);
    if (timeline) this.zoom(timeline.zoomed(factor));
  }

  toggle() {
    if (!this.clip.video) return;
    if (this.video.paused) this.video.play().catch(unlessInterrupted);
    else this.video.pause();
  }

  /** Full screen of picture, overlay and controls together; where the browser has none, the whole window. */
  toggleFull() {
    const stage = this.root.querySelector('.milo-stage');
    if (document.fullscreenElement) document.exitFullscreen();
    else if (stage.requestFullscreen) stage.requestFullscreen();
    else this.showFull(stage.classList.toggle('milo-full'));
  }

  showFull(full) {
    this.root.querySelector('[data-do=full]').setAttribute('aria-pressed', full);
    this.redraw();
  }

  listen() {
    const { video, root } = this;
    const on = (name, event, act) => root.querySelector(`[data-do=${name}]`).addEventListener(event, act);
    on('play', 'click', () => this.toggle());
    on('full', 'click', () => this.toggleFull());
    on('speed', 'change', (event) => { video.playbackRate = Number(event.target.value); });
    on('loop', 'click', (event) => {
      video.loop = !video.loop;
      event.currentTarget.setAttribute('aria-pressed', video.loop);
    });
    on('mute', 'click', () => { video.muted = !video.muted; });
    on('around', 'click', () => this.lookAround(!this.sphere));
    on('closer', 'click', () => this.zoomBy(CLOSER));
    on('farther', 'click', () => this.zoomBy(1 / CLOSER));
    on('threshold', 'input', (event) => this.setThreshold(Number(event.target.value)));
    for (const box of root.querySelectorAll('[data-layer]')) box.addEventListener('change', () => this.redraw());

    this.seekBar.addEventListener('input', () => this.seek(Number(this.seekBar.value)));
    this.screen.addEventListener('click', (event) => {
      if (!this.looking.dragged && !event.target.closest('button')) this.toggle();
    });
    root.addEventListener('milo-maps', () => this.redraw());
    root.querySelector('.milo-stage').addEventListener('keydown', (event) => this.press(event));

    const speed = root.querySelector('[data-do=speed]');
    video.addEventListener('loadedmetadata', () => { video.playbackRate = Number(speed.value); this.redraw(); });
    for (const event of ['loadeddata', 'seeked', 'pause', 'ended', 'timeupdate']) {
      video.addEventListener(event, () => this.redraw());
    }
    for (const event of ['play', 'pause', 'ended']) video.addEventListener(event, () => this.showPlaying());
    video.addEventListener('play', () => this.redraw());
    video.addEventListener('volumechange', () => {
      const button = root.querySelector('[data-do=mute]');
      button.setAttribute('aria-pressed', video.muted);
    });
    document.addEventListener('fullscreenchange', () => this.showFull(document.fullscreenElement !== null));
    new ResizeObserver(() => this.redraw()).observe(this.screen);
  }

  showPlaying() {
    const playing = !this.video.paused && !this.video.ended;
    this.root.classList.toggle('milo-playing', playing);
    this.root.querySelector('[data-do=play]').setAttribute('aria-label', playing ? 'Pause' : 'Play');
  }

  press(event) {
    if (event.target.matches('input, select') || event.altKey || event.ctrlKey || event.metaKey) return;
    const onButton = event.target.matches('button');
    const now = this.video.currentTime;
    const acts = {
      ' ': onButton ? null : () => this.toggle(),
      k: () => this.toggle(),
      ArrowLeft: () => this.seek(now - SEEK_S),
      ArrowRight: () => this.seek(now + SEEK_S),
      ',': () => this.seek(now - FRAME_S),
      '.': () => this.seek(now + FRAME_S),
      Home: () => this.seek(0),
      End: () => this.seek(this.clip.duration_s),
      '+': () => this.zoomBy(CLOSER),
      '=': () => this.zoomBy(CLOSER), // the same key, without shift
      '-': () => this.zoomBy(1 / CLOSER),
      0: () => this.zoom(null),
      m: () => { this.video.muted = !this.video.muted; },
      f: () => this.toggleFull(),
      ...(this.sphere ? this.looking.acts(event) : {}),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  setThreshold(percent) {
    this.overlay.threshold = percent / 100;
    for (const timeline of this.timelines) timeline.setThreshold(percent / 100);
    this.root.querySelector('.milo-threshold output').textContent = `${percent} %`;
    this.redraw();
  }

  /** Draw at the browser's next frame, and at every one after it while the video plays. */
  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.looking.goOn();
      this.draw();
      if (!this.video.paused && !this.video.ended) this.redraw();
    });
  }

  draw() {
    const time_s = this.video.currentTime || 0;
    const layers = {};
    for (const box of this.root.querySelectorAll('[data-layer]')) layers[box.dataset.layer] = box.checked;
    const boxes = this.overlay.draw(time_s, layers, this.hidden, this.sphere);
    if (this.sphere) this.looking.point(boxes);
    for (const timeline of this.timelines) timeline.moveTo(time_s);
    this.seekBar.value = time_s;
    this.seekBar.setAttribute('aria-valuetext', clock(time_s));
    this.time.textContent = `${clock(time_s)} / ${clock(this.clip.duration_s ?? 0)}`;
  }
}

/** A pause or another clip may come before the first frame is there; only other reasons are worth a word. */
function unlessInterrupted(error) {
  if (error.name !== 'AbortError') throw error;
}

/** From the line that says what is being done down to the timeline: what a run fills, on one screen. */
function bringIntoView(element) {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'start', behavior: still ? 'auto' : 'smooth' });
}

/** Seconds as people write them: 1:07.4. */
function clock(time_s) {
  const tenths = Math.round(time_s * 10);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  return `${Math.floor(tenths / 600)}:${seconds}`;
}
