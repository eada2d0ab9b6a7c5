/**
 * Looking live: the camera's picture runs in the browser; small stills of it go to Python one at a time, and the boxes
 * that come back are drawn over it.
 */
import { Overlay } from './overlay.js';

const LEAST_MS = 90; // between two stills: more looks than eleven a second show nothing new and only heat the machine
const AGAIN_MS = 1000; // until the next try after one that failed
const JPEG_QUALITY = 0.8;
const HOLD_MS = [600, 1500]; // a box outlasts two missed looks, but at least and at most this long
const GLIDE_MS = 90; // how fast a box glides to where it was found: two thirds of the way in this time
const SURE_LOOKS = 2; // a name that flashes up in a single look is a flicker
const SAME_IOU = 0.1; // boxes of one instrument that overlap this much are one, which may move far between two looks
const PART_OF = 0.7; // a box that lies this much in another of its instrument is a part of it and no second one
const SAME_PLACE_IOU = 0.6; // two instruments that do are one thing under two names
const RATE_MS = 2000; // over which the looks a second are counted

const HERE = ['localhost', '127.0.0.1', '[::1]'];

/** Gradio's way in: called once, when the component's HTML stands in the page. Returns the panel, still closed. */
export function mount(element, props, server) {
  return new Live(element.querySelector('.milo-live'), props.value, (still) => server.look(still));
}

/** The boxes on the screen: they appear when they are sure, glide to where they are found, and outlast a missed look. */
export class Tracks {
  constructor(threshold) {
    this.threshold = threshold;
    this.tracks = [];
    this.hold = HOLD_MS[0];
    this.last = Infinity; // when the last look came
  }

  /** Take over what a look found, strongest first: [{ label, score, corners }], at the time `now`, in ms. */
  update(found, now) {
    this.hold = Math.min(Math.max(HOLD_MS[0], 2.5 * (now - this.last)), HOLD_MS[1]);
    this.last = now;
    const [boxes, free] = [new Set(found), new Set(this.tracks)];
    for (const { box, track } of pairs(found, this.tracks)) {
      if (!boxes.has(box) || !free.has(track)) continue;
      boxes.delete(box);
      free.delete(track);
      Object.assign(track, { score: box.score, goal: box.corners, looks: track.looks + 1, seen: now });
    }
    for (const box of boxes) {
      const known = this.tracks.some(({ label, goal }) => label === box.label && nested(goal, box.corners) > PART_OF);
      if (box.score >= this.threshold && !known) {
        this.tracks.push({ ...box, goal: box.corners, looks: 1, seen: now });
      }
    }
    for (const track of free) if (track.looks < SURE_LOOKS) track.seen = -Infinity;
    const fresh = this.tracks.filter((track) => track.seen === now);
    this.tracks = this.tracks.filter((track) => track.seen === now
      || (now - track.seen < this.hold && !fresh.some((other) => overlap(other.goal, track.goal) > SAME_PLACE_IOU)));
  }

  /** What to draw at `now`, in ms, `since` the last time: [{ label, score, corners }]. */
  at(now, since) {
    const share = 1 - Math.exp(-Math.max(0, since) / GLIDE_MS);
    this.tracks = this.tracks.filter((track) => now - track.seen < this.hold);
    return this.tracks.filter((track) => track.looks >= SURE_LOOKS).map((track) => {
      track.corners = track.corners.map((corner, i) => corner + (track.goal[i] - corner) * share);
      return { label: track.label, score: track.score, corners: track.corners };
    });
  }
}

class Live {
  constructor(root, { labels, side_px, threshold, seen, unseen }, look) {
    this.root = root;
    this.labels = labels;
    this.sidePx = side_px;
    this.look = look;
    this.video = root.querySelector('video');
    this.note = root.querySelector('.milo-live-note');
    this.cameras = root.querySelector('[data-do=camera]');
    this.overlay = new Overlay(root.querySelector('canvas'));
    this.overlay.threshold = 0; // the tracks have theirs
    this.threshold = threshold;
    this.tracks = new Tracks(threshold);
    this.small = document.createElement('canvas'); // the still, at the size that is sent
    this.stream = null;
    this.turn = 0; // counts starts and stops: what belongs to an earlier turn and comes late is dropped
    this.looks = [];
    root.querySelector('.milo-live-private').textContent = HERE.includes(location.hostname)
      ? 'Nothing is recorded, and nothing leaves this computer. The microphone stays off.'
      : 'Nothing is recorded. Small stills go to the machine that runs this page, which forgets them at once. The microphone stays off.';
    root.querySelector('.milo-live-known').textContent = seen.length
      ? `It draws boxes around: ${seen.join(', ')}. Never around: ${unseen.join(', ')}.`
      : '';
    this.listen();
  }

  listen() {
    const { root, video } = this;
    root.querySelector('[data-do=close]').addEventListener('click', () => root.close());
    root.querySelector('[data-do=power]').addEventListener('click', () => (root.dataset.state === 'off' ? this.start() : this.stop()));
    this.cameras.addEventListener('change', () => this.start(this.cameras.value));
    root.addEventListener('close', () => this.stop());
    window.addEventListener('pagehide', () => this.stop());
    video.addEventListener('resize', () => {
      const ratio = video.videoWidth / video.videoHeight;
      root.querySelector('.milo-live-screen').style.setProperty('--ratio', Math.max(1, Math.min(ratio, 2.4)));
    });
  }

  open() {
    if (this.root.open) return;
    this.root.showModal();
    this.start();
  }

  /** Start the camera with this id, or any. One camera runs at a time. */
  async start(id) {
    this.stop();
    const { turn } = this;
    this.say('asking', 'Allow the camera where the browser asks for it.');
    let stream;
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

  say(state, sentence) {
    this.root.dataset.state = state;
    this.root.querySelector('[data-do=power]').textContent = state === 'off' ? 'Start' : 'Stop';
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
  }

  async offerCameras(current) {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
    this.cameras.replaceChildren(...cameras.map(({ deviceId, label }, index) => {
      const name = label || `Camera ${index + 1}`;
      return new Option(name, deviceId, false, deviceId === current.getSettings().deviceId);
    }));
    this.cameras.hidden = cameras.length < 2;
  }

  /** Still after still, each when the last one has been answered, so that every look is at the newest picture. */
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
    const context = this.small.getContext('2d');
    context.imageSmoothingQuality = 'medium';
    context.drawImage(this.video, 0, 0, this.small.width, this.small.height);
    return this.small.toDataURL('image/jpeg', JPEG_QUALITY).split(',')[1];
  }

  /** Take over an answer; false if it holds none, because something went wrong. */
  take(answer) {
    if (!answer?.boxes) {
      this.say('on', answer?.wrong ?? 'MILO does not answer; trying again …');
      return false;
    }
    const now = performance.now();
    this.tracks.update(answer.boxes.map(([label, score, ...corners]) => (
      { label, score: score / 100, corners: corners.map((corner) => corner / 1000) })), now);
    this.looks = [...this.looks.filter((then) => now - then < RATE_MS), now];
    if (now - this.looks[0] > RATE_MS / 2) {
      const rate = (1000 * (this.looks.length - 1)) / (now - this.looks[0]);
      this.showRate(`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} looks a second`);
    }
    this.say('on', '');
    return true;
  }

  /** At every frame of the browser: the boxes over the picture, which runs by itself. */
  draw(turn, last) {
    if (turn !== this.turn) return;
    const now = performance.now();
    const { videoWidth: width, videoHeight: height } = this.video;
    const boxes = this.tracks.at(now, now - last);
    const turned = ([x0, y0, x1, y1]) => (this.mirrored ? [1 - x1, y0, 1 - x0, y1] : [x0, y0, x1, y1]);
    this.overlay.clip = { state: 'ready', has_video: true, width, height, steps_per_s: 1, release: 1, labels: this.labels };
    this.overlay.boxes = [new Map(boxes.map((box, player) => [player, { ...box, corners: turned(box.corners) }]))];
    this.overlay.draw(0, { boxes: true }, new Set());
    this.showSeen(boxes);
    requestAnimationFrame(() => this.draw(turn, now));
  }

  /** The names of what is boxed, for those who cannot see the picture, too. */
  showSeen(boxes) {
    const names = [...new Set(boxes.map(({ label }) => this.labels[label].title))].sort();
    const words = names.length ? `Seen: ${names.join(', ')}` : '';
    const element = this.root.querySelector('.milo-live-seen');
    if (element.textContent !== words) element.textContent = words;
  }

  showRate(words) {
    this.root.querySelector('.milo-live-rate').textContent = words;
  }
}

/** A camera's picture without sound; of several cameras the one that looks away from the user, unless one is chosen. */
async function openCamera(id) {
  if (!navigator.mediaDevices) throw new DOMException('not over http', 'SecurityError');
  const which = id ? { deviceId: { exact: id } } : { facingMode: { ideal: 'environment' } };
  const video = { width: { ideal: 1280 }, height: { ideal: 720 }, ...which };
  return navigator.mediaDevices.getUserMedia({ video, audio: false });
}

function release(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Why there is no picture, and what to do about it. */
function reason(error) {
  return {
    NotAllowedError: 'The browser may not use the camera: allow it for this page, then start again.',
    SecurityError: 'Browsers lend the camera only to pages on the same computer or over https: open MILO that way.',
    NotFoundError: 'There is no camera: plug one in, then start again.',
    OverconstrainedError: 'That camera is gone: start again to use another one.',
    NotReadableError: 'Another program uses the camera: close it there, then start again.',
  }[error.name] ?? 'The camera did not start: check that it works elsewhere, then start again.';
}

/** Which box may be which track's next: those of one instrument that overlap, best first. */
function pairs(boxes, tracks) {
  return boxes.flatMap((box) => tracks.filter(({ label }) => label === box.label)
    .map((track) => ({ box, track, shared: overlap(track.goal, box.corners) })))
    .filter(({ shared }) => shared >= SAME_IOU)
    .sort((one, other) => other.shared - one.shared);
}

/** Intersection over union of two boxes. */
function overlap(one, other) {
  const both = common(one, other);
  return both / (area(one) + area(other) - both || 1);
}

/** How much of the smaller of two boxes lies in the other. */
function nested(one, other) {
  return common(one, other) / (Math.min(area(one), area(other)) || 1);
}

function common(one, other) {
  const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  return Math.max(0, width) * Math.max(0, height);
}

function area([x0, y0, x1, y1]) {
  return (x1 - x0) * (y1 - y0);
}
