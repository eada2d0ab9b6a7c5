/**
 * The one clock: what the picture, the sound, the playhead and all that is drawn go by.
 *
 * Without tracks it is the video's own. With tracks it is the audio element that holds them, and the video follows
 * without sound: a little too early or late it plays faster or slower, far off it jumps. A media element does not know
 * how late the sound card is; Web Audio does, so the picture can wait for what is heard.
 *
 * @import { Range } from '../lanes/figure.js'
 * @import { Stems } from './stems.js'
 */
const TOLD = ['loadedmetadata', 'loadeddata', 'seeked', 'play', 'pause', 'ended', 'timeupdate'];
const LOOK_MS = 100; // between two looks at how far the picture is off
const TURN_MS = 10; // between two looks at whether a part that is looped has ended
const JUMP_S = 0.12; // a picture farther off jumps
const FADE_S = 0.03; // before the end of what is looped
const PULL = 1.5; // by how much of its lateness, per second, a picture is sped up
const MOST_PULL = 0.1;
const SMOOTH = 0.05; // weight of a new look at the sound's latency, which comes in steps
const PICTURE_S = 0.01; // how late a frame is on the screen
const STRETCH_S = new Map([[0.25, -0.041], [0.5, -0.027], [1.5, -0.009], [2, 0.004]]); // measured: by how much more
// than its latency the sound is late at a speed, because the browser stretches it to keep the pitch

export class Clock extends EventTarget {
  rate = 1;
  muted = false;
  loop = false;
  /** @type {Range | null} what is looped; null: all of it */
  part = null;
  /** @type {Stems | null} the tracks, once they can be played */
  stems = null;
  /** @type {Stems | null} the same, from when they are fetched */
  coming = null;
  inside = false; // whether what plays has been before the end of what is looped since it was last sought
  late_s = 0; // the sound's latency, smoothed

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    super();
    this.video = video;
    this.following = 0; // timer that looks after the picture
    this.turning = 0; // and after the end of a looped part
    this.tellOf(video);
    this.addEventListener('ended', () => this.startOver());
  }

  /** The element whose time counts. */
  get leader() {
    return this.stems?.audio ?? this.video;
  }

  get time_s() {
    return this.leader.currentTime;
  }

  get playing() {
    return !this.leader.paused && !this.leader.ended;
  }

  play() {
    this.stems?.context.resume();
    this.leader.play().catch(unlessInterrupted);
  }

  pause() {
    this.leader.pause();
  }

  /** @param {number} time_s */
  seek(time_s) {
    this.inside = false;
    this.leader.currentTime = time_s;
    this.align();
  }

  /** @param {number} rate */
  setRate(rate) {
    this.rate = rate;
    for (const element of [this.leader, this.video]) {
      element.defaultPlaybackRate = rate; // for the next clip
      element.playbackRate = rate;
    }
  }

  /** @param {boolean} muted */
  setMuted(muted) {
    this.muted = muted;
    this.video.muted = muted || this.stems !== null;
    this.stems?.setSounding(!muted);
  }

  /** @param {boolean} loop */
  setLoop(loop) {
    this.loop = loop;
    this.turn();
  }

  /** @param {Range | null} part  what is looped; null: all of it */
  setPart(part) {
    this.part = part;
    this.turn();
  }

  /** Elements loop all of a clip by themselves; the end of a part is looked for. */
  turn() {
    const all = this.loop && !this.part;
    this.video.loop = all && !this.stems; // where sound leads, the picture goes back with it
    if (this.stems) this.stems.audio.loop = all;
    clearInterval(this.turning);
    this.stems?.setClosed(false);
    if (this.loop && (this.part || this.stems)) this.turning = setInterval(() => this.turnBack(), TURN_MS);
  }

  /**
   * Let these tracks lead from when they can be played, at the moment and in the way in which the video plays then.
   *
   * @param {Stems} stems
   */
  take(stems) {
    this.release();
    this.coming = stems;
    this.tellOf(stems.audio);
    stems.audio.addEventListener('canplay', () => { if (stems === this.coming) this.lead(stems); }, { once: true });
    stems.audio.addEventListener('seeking', () => this.align());
    stems.audio.addEventListener('play', () => this.follow());
    for (const end of ['pause', 'ended']) stems.audio.addEventListener(end, () => this.video.pause());
  }

  /** @param {Stems} stems */
  lead(stems) {
    const { playing, time_s } = this;
    this.stems = stems;
    this.setMuted(this.muted);
    this.setRate(this.rate);
    this.setLoop(this.loop);
    stems.audio.currentTime = time_s;
    this.dispatchEvent(new Event('led'));
    this.following = setInterval(() => this.follow(), LOOK_MS);
    if (playing) this.play();
  }

  /** Let go of the tracks: the video leads again. */
  release() {
    clearInterval(this.following);
    const old = this.coming;
    this.stems = this.coming = null;
    old?.close();
    this.setMuted(this.muted);
    this.setRate(this.rate);
    this.setLoop(this.loop);
    this.dispatchEvent(new Event('led'));
  }

  /** Bring the picture of a clip with tracks to the clock's time. */
  align() {
    if (this.stems) this.video.currentTime = this.time_s;
  }

  /** Keep the picture of a clip with tracks by the sound that is heard. */
  follow() {
    const { stems, video, rate } = this;
    if (!stems || !this.playing || stems.audio.seeking || video.seeking || video.error) return;
    this.late_s += (this.late_s ? SMOOTH : 1) * (stems.latency_s - this.late_s);
    const heard_s = this.time_s - rate * (this.late_s - PICTURE_S) - (STRETCH_S.get(rate) ?? 0);
    if (heard_s > video.duration - JUMP_S) return; // the picture may end before the sound
    if (video.paused) video.play().catch(unlessInterrupted);
    const off_s = heard_s - video.currentTime;
    if (Math.abs(off_s) > JUMP_S) video.currentTime = Math.max(0, heard_s);
    else video.playbackRate = rate * (1 + Math.max(-MOST_PULL, Math.min(PULL * off_s, MOST_PULL)));
  }

  /**
   * At the end of what is looped, back to its beginning; whoever seeks beyond it has left it. The sound fades out before
   * the jump and in after it.
   */
  turnBack() {
    const { leader, part, rate, stems, time_s } = this;
    if (leader.seeking || !this.playing) return;
    const [from, to] = part ?? [0, leader.duration];
    if (time_s < to) this.inside = true;
    stems?.setClosed(this.inside && time_s >= to - FADE_S * rate);
    if (this.inside && part && time_s >= to) this.seek(from);
  }

  /** A part may last to the clip's end, which comes before anybody has seen the part's. */
  startOver() {
    if (!this.loop || !this.part) return;
    this.seek(this.part[0]);
    this.play();
  }

  /**
   * Pass on what an element tells, while it leads.
   *
   * @param {HTMLMediaElement} element
   */
  tellOf(element) {
    for (const type of TOLD) {
      element.addEventListener(type, () => { if (element === this.leader) this.dispatchEvent(new Event(type)); });
    }
  }
}

/**
 * A pause or another clip may come before the first frame is there; only other reasons are worth a word.
 *
 * @param {Error} error
 */
function unlessInterrupted(error) {
  if (error.name !== 'AbortError') throw error;
}
