/**
 * Looking live: the camera's picture runs in the browser; small stills of it go to Python one at a time, and the boxes
 * that come back are drawn over it.
 *
 * @import { Corners, Instrument } from '../clip.js'
 *
 * @typedef {object} Settings
 *   what Python tells the panel (`panel` in ui/live.py)
 * @property {Instrument[]} labels  all that boxes may be of
 * @property {number} side_px       of a still: its longer side at most
 * @property {number} threshold     score from which a box appears, 0-1
 * @property {string[]} seen        titles of the instruments that may be found
 * @property {string[]} unseen      and of those that are never
 *
 * @typedef {object} Answer
 *   what Python says about a still: boxes, or what is wrong
 * @property {[label: number, score: number, x0: number, y0: number, x1: number, y1: number][]} [boxes]
 *   label: place in the list of instruments; score in whole per cent, corners in whole thousandths of the frame
 * @property {string} [wrong]
 *
 * @typedef {(still: string) => Promise<Answer | undefined>} Look
 *   asks Python about a JPEG in base64; undefined if no answer came
 */
import { BoxCanvas, contained, flatOutlines } from '../overlay/boxes.js';
import { words } from '../clip.js';
import { brush, part } from '../page.js';
import { reason, release } from './camera.js';
import { Tracks } from './tracks.js';

const LEAST_MS = 90; // between two stills: more looks than eleven a second show nothing new and only heat the machine
const AGAIN_MS = 1000; // until the next try after one that failed
const JPEG_QUALITY = 0.8;
const RATE_MS = 2000; // over which the looks a second are counted

/**
 * Gradio's way in: called once, when the component's HTML stands in the page. Returns the panel, still closed.
 *
 * @param {HTMLElement} element
 * @param {{ value: Settings }} props
 * @param {{ look: Look }} server
 */
export function mount(element, props, server) {
  return new Live(part(element, '.milo-live', HTMLDialogElement), props.value, (still) => server.look(still));
}

class Live {
  /**
   * @param {HTMLDialogElement} root
   * @param {Settings} settings
   * @param {Look} look
   */
  constructor(root, { labels, side_px, threshold, seen, unseen }, look) {
    this.root = root;
    this.labels = labels;
    this.sidePx = side_px;
    this.look = look;
    this.video = part(root, 'video', HTMLVideoElement);
    this.screen = part(root, '.milo-live-screen', HTMLElement);
    this.note = part(root, '.milo-live-note', HTMLElement);
    this.power = part(root, '[data-do=power]', HTMLButtonElement);
    this.cameras = part(root, '[data-do=camera]', HTMLSelectElement);
    this.rate = part(root, '.milo-live-rate', HTMLElement);
    this.named = part(root, '.milo-live-seen', HTMLElement);
    this.canvas = new BoxCanvas(part(root, 'canvas', HTMLCanvasElement));
    this.threshold = threshold;
    this.tracks = new Tracks(threshold);
    this.small = document.createElement('canvas'); // the still, at the size that is sent
    /** @type {MediaStream | null} */
    this.stream = null;
    this.mirrored = false;
    this.turn = 0; // counts starts and stops: what belongs to an earlier turn and comes late is dropped
    /** @type {number[]} when answers came of late, in ms */
    this.looks = [];
    part(root, '.milo-live-known', HTMLElement).textContent = seen.length
      ? `It draws boxes around: ${seen.join(', ')}. Never around: ${unseen.join(', ')}.`
      : '';
    this.listen();
  }

  listen() {
    const { root, video } = this;
    part(root, '[data-do=close]', HTMLButtonElement).addEventListener('click', () => root.close());
    this.power.addEventListener('click', () => (root.dataset.state === 'off' ? this.start() : this.stop()));
    this.cameras.addEventListener('change', () => this.start(this.cameras.value));
    root.addEventListener('close', () => this.stop());
    window.addEventListener('pagehide', () => this.stop());
    video.addEventListener('resize', () => {
      const ratio = video.videoWidth / video.videoHeight;
      this.screen.style.setProperty('--ratio', String(Math.max(1, Math.min(ratio, 2.4))));
    });
  }

  open() {
    if (this.root.open) return;
    this.root.showModal();
    this.start();
  }

  /**
   * Start the camera with this id, or any. One camera runs at a time.
   *
   * @param {string} [id]
   */
  async start(id) {
    this.stop();
    const { turn } = this;
    this.say('asking', 'Allow the camera where the browser asks for it.');
    /** @type {MediaStream | null} */
    let stream = null;
    try {
      stream = await openCamera(id);
      if (turn !== this.turn) throw new DOMException('closed meanwhile', 'AbortError');
      this.video.srcObject = stream;
      await this.video.play();
    } catch (error) {
      release(stream);
      if (turn === this.turn) this.stop(reason(error));
      return;
    }
    if (turn !== this.turn) {
      release(stream);
      return;
    }
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener('ended', () => this.stop('The camera is gone: plug it in again, then start it.'));
    this.mirrored = track.getSettings().facingMode === 'user'; // people know themselves from the mirror
    this.root.classList.toggle('milo-live-mirrored', this.mirrored);
    this.say('on', '');
    this.offerCameras(track);
    this.draw(turn, performance.now());
    this.lookOn(turn);
  }

  /** Let go of the camera, so that its light goes off, and say why. */
  stop(sentence = 'The camera is off.') {
    this.turn += 1;
    release(this.stream);
    this.stream = null;
    this.video.srcObject = null;
    this.tracks = new Tracks(this.threshold);
    this.looks = [];
    this.showRate('');
    this.showSeen([]);
    this.say('off', sentence);
  }

  /**
   * @param {'off' | 'asking' | 'on'} state
   * @param {string} sentence
   */
  say(state, sentence) {
    this.root.dataset.state = state;
    this.power.textContent = state === 'off' ? 'Start' : 'Stop';
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
  }

  /** @param {MediaStreamTrack} current */
  async offerCameras(current) {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
    this.cameras.replaceChildren(...cameras.map(({ deviceId, label }, index) => {
      const name = label || `Camera ${index + 1}`;
      return new Option(name, deviceId, false, deviceId === current.getSettings().deviceId);
    }));
    this.cameras.hidden = cameras.length < 2;
  }

  /**
   * Still after still, each when the last one has been answered, so that every look is at the newest picture.
   *
   * @param {number} turn
   */
  async lookOn(turn) {
    while (turn === this.turn) {
      const began = performance.now();
      let wait = LEAST_MS;
      if (!document.hidden) {
        const answer = await this.look(this.still());
        if (turn !== this.turn) return;
        if (!this.take(answer)) wait = AGAIN_MS;
      }
      await new Promise((resolve) => { setTimeout(resolve, Math.max(0, began + wait - performance.now())); });
    }
  }

  /** The picture as it is now, its longer side at most sidePx: a JPEG in base64. */
  still() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, this.sidePx / Math.max(videoWidth, videoHeight));
    this.small.width = Math.round(videoWidth * scale);
    this.small.height = Math.round(videoHeight * scale);
    const context = brush(this.small);
    context.imageSmoothingQuality = 'medium';
    context.drawImage(this.video, 0, 0, this.small.width, this.small.height);
    return this.small.toDataURL('image/jpeg', JPEG_QUALITY).split(',')[1];
  }

  /**
   * Take over an answer; false if it holds none, because something went wrong.
   *
   * @param {Answer | undefined} answer
   */
  take(answer) {
    if (!answer?.boxes) {
      this.say('on', answer?.wrong ?? 'MILO does not answer; trying again …');
      return false;
    }
    const now = performance.now();
    this.tracks.update(answer.boxes.map(([label, score, ...corners]) => (
      { label, score: score / 100, corners: /** @type {Corners} */ (corners.map((corner) => corner / 1000)) })), now);
    this.looks = [...this.looks.filter((then) => now - then < RATE_MS), now];
    if (now - this.looks[0] > RATE_MS / 2) {
      const rate = (1000 * (this.looks.length - 1)) / (now - this.looks[0]);
      this.showRate(`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} looks a second`);
    }
    this.say('on', '');
    return true;
  }

  /**
   * At every frame of the browser: the boxes over the picture, which runs by itself.
   *
   * @param {number} turn
   * @param {number} last  when this was done last, in ms
   */
  draw(turn, last) {
    if (turn !== this.turn) return;
    const now = performance.now();
    const boxes = this.tracks.at(now, now - last);
    const frame = contained(this.video.videoWidth / this.video.videoHeight, this.canvas.clear());
    for (const { label, score, corners: [x0, y0, x1, y1] } of boxes) {
      const instrument = this.labels[label];
      const outlines = flatOutlines(this.mirrored ? [1 - x1, y0, 1 - x0, y1] : [x0, y0, x1, y1], frame);
      for (const outline of outlines) this.canvas.drawBox(instrument, words(instrument, score), outline, frame, score >= this.threshold);
    }
    this.showSeen(boxes.map(({ label }) => this.labels[label].title));
    requestAnimationFrame(() => this.draw(turn, now));
  }

  /**
   * The names of what is boxed, for those who cannot see the picture, too.
   *
   * @param {string[]} titles
   */
  showSeen(titles) {
    const names = [...new Set(titles)].sort();
    const seen = names.length ? `Seen: ${names.join(', ')}` : '';
    if (this.named.textContent !== seen) this.named.textContent = seen;
  }

  /** @param {string} pace */
  showRate(pace) {
    this.rate.textContent = pace;
  }
}

/**
 * A camera's picture without sound; of several cameras the one that looks away from the user, unless one is chosen.
 *
 * @param {string} [id]
 */
async function openCamera(id) {
  if (!navigator.mediaDevices) throw new DOMException('not over http', 'SecurityError');
  const which = id ? { deviceId: { exact: id } } : { facingMode: { ideal: 'environment' } };
  const video = { width: { ideal: 1280 }, height: { ideal: 720 }, ...which };
  return navigator.mediaDevices.getUserMedia({ video, audio: false });
}
