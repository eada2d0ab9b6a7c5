/**
 * Recording with the visitor's camera and microphone, up to a minute: a countdown, a look at it, and then it is a file
 * like any other.
 *
 * @import { Player } from '../player.js'
 */
import { give } from '../input/giving.js';
import { reason, release } from '../live/camera.js';
import { part } from '../page.js';

const LONGEST_S = 60;
const COUNT_S = 3;
const KINDS = ['video/webm;codecs=vp8,opus', 'video/webm', 'video/mp4', 'audio/webm', 'audio/mp4']; // the first that goes
const AS_IT_SOUNDS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

export class Recording {
  /** @type {MediaStream | null} */
  stream = null;
  /** @type {MediaRecorder | null} */
  recorder = null;
  /** @type {File | null} what has been recorded */
  file = null;
  turn = 0; // counts beginnings and ends: what belongs to an earlier turn and comes late is dropped
  given = ''; // name of the file that is to be analysed when it has arrived

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.root = part(document, '.milo-record', HTMLDialogElement);
    this.video = part(this.root, 'video', HTMLVideoElement);
    this.note = part(this.root, '.milo-record-note', HTMLElement);
    this.count = part(this.root, '.milo-count', HTMLElement);
    this.left = part(this.root, '.milo-record-rate', HTMLElement);
    /** @type {(name: string, act: () => void) => void} */
    const on = (name, act) => part(this.root, `[data-do=${name}]`, HTMLButtonElement).addEventListener('click', act);
    on('close', () => this.root.close());
    on('start', () => (this.stream ? this.countDown() : this.open()));
    on('finish', () => this.finish());
    on('again', () => this.open());
    on('use', () => this.use());
    this.root.addEventListener('close', () => this.end());
    this.root.addEventListener('keydown', (event) => event.stopPropagation());
    window.addEventListener('pagehide', () => this.end());
    player.root.addEventListener('milo-shown', () => this.goOn());
    document.addEventListener('milo-record', () => {
      this.root.showModal();
      this.open();
    });
  }

  /** Show the camera's picture; where there is no camera, only sound is recorded. */
  async open() {
    this.end();
    const { turn } = this;
    this.say('asking', 'Allow camera and microphone where the browser asks for it.');
    try {
      const stream = await openDevices();
      if (turn !== this.turn) {
        release(stream);
        return;
      }
      this.stream = stream;
      this.video.muted = true;
      this.video.controls = false;
      this.video.srcObject = stream;
      this.say('on', stream.getVideoTracks().length ? '' : 'No camera: only the sound is recorded.');
      if (stream.getVideoTracks().length) await this.video.play();
    } catch (error) {
      if (turn === this.turn) this.end(reason(error));
    }
  }

  /** Three, two, one; then it is recorded until somebody stops it, or for a minute. */
  async countDown() {
    const { turn } = this;
    this.say('counting', '');
    for (let left = COUNT_S; left > 0; left -= 1) {
      this.count.textContent = String(left);
      await seconds(1);
      if (turn !== this.turn) return;
    }
    this.count.textContent = '';
    this.record();
    for (let left = LONGEST_S; left > 0; left -= 1) {
      this.left.textContent = `${left} s left`;
      await seconds(1);
      if (turn !== this.turn) return;
    }
    this.finish();
  }

  record() {
    if (!this.stream) return;
    const type = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    /** @type {Blob[]} */
    const pieces = [];
    const recorder = new MediaRecorder(this.stream, { mimeType: type });
    recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data));
    recorder.addEventListener('stop', () => { // by itself as well, when the devices go away
      if (recorder === this.recorder) this.look(new Blob(pieces, { type }));
    });
    recorder.start(1000);
    this.recorder = recorder;
    this.say('recording', '');
  }

  /** Stop; before it has begun there is nothing to look at. */
  finish() {
    if (!this.recorder) this.open();
    else if (this.recorder.state === 'recording') this.recorder.stop();
  }

  /** @param {Blob} recorded */
  look(recorded) {
    this.turn += 1;
    release(this.stream);
    this.stream = this.recorder = null;
    const suffix = recorded.type.includes('mp4') ? 'mp4' : 'webm';
    const now = new Date().toTimeString().slice(0, 8).replaceAll(':', '.');
    this.file = new File([recorded], `recording ${now}.${suffix}`, { type: recorded.type });
    this.left.textContent = '';
    this.video.srcObject = null;
    this.video.src = URL.createObjectURL(recorded);
    this.video.muted = false;
    this.video.controls = true;
    this.say('look', '');
    part(this.root, '[data-do=use]', HTMLButtonElement).focus();
  }

  /** The recording is the file that is analysed, at once where nothing else is. */
  use() {
    const { file } = this;
    if (!file) return;
    this.given = file.name;
    this.root.close();
    give(file);
  }

  /** Another clip is shown: where it is the recording, have it analysed; where that was refused, nothing is. */
  async goOn() {
    const { given, player } = this;
    this.given = '';
    if (!given || player.shown?.name !== given) return;
    const analyse = part(document, '#milo-analyse', HTMLButtonElement);
    for (let tries = 0; analyse.disabled && tries < 20; tries += 1) await seconds(0.05);
    if (player.root.dataset.state === 'chosen') analyse.click();
  }

  /** Let go of everything, and say why. */
  end(sentence = '') {
    this.turn += 1;
    if (this.recorder?.state === 'recording') this.recorder.stop();
    release(this.stream);
    if (this.video.src) URL.revokeObjectURL(this.video.src);
    this.stream = this.recorder = this.file = null;
    this.video.srcObject = null;
    this.video.removeAttribute('src');
    this.count.textContent = this.left.textContent = '';
    this.say('off', sentence);
  }

  /**
   * @param {'off' | 'asking' | 'on' | 'counting' | 'recording' | 'look'} state
   * @param {string} sentence
   */
  say(state, sentence) {
    this.root.dataset.state = state;
    this.note.textContent = sentence;
  }
}

/** Camera and microphone, or what there is of them; music is not speech, so nothing is done to the sound. */
async function openDevices() {
  if (!navigator.mediaDevices) throw new DOMException('not over http', 'SecurityError');
  const video = { width: { ideal: 1280 }, height: { ideal: 720 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: AS_IT_SOUNDS });
  } catch (error) {
    if (/** @type {Error} */ (error).name !== 'NotFoundError') throw error;
    return navigator.mediaDevices.getUserMedia({ audio: AS_IT_SOUNDS });
  }
}

/** @param {number} count */
function seconds(count) {
  return new Promise((resolve) => { setTimeout(resolve, 1000 * count); });
}
