/**
 * All tracks of a clip out of one audio element: its channels, two for every track, go to a fader for each pair.
 *
 * One element keeps the tracks together to the sample, streams, seeks and changes its speed without changing the pitch,
 * and needs no more memory for a longer clip, as decoding whole tracks would.
 */
const EARS = 2;
const RAMP_S = 0.015; // time constant of a fader's way: a jump would click
export const EDGE_S = 0.006; // the same where a loop jumps, which must be short

export class Stems {
  /**
   * @param {string} url    of the file
   * @param {number} count  how many tracks are in it
   */
  constructor(url, count) {
    this.audio = new Audio();
    this.audio.preload = 'auto';
    this.context = new AudioContext();
    const { context } = this;
    const split = context.createChannelSplitter(EARS * count);
    context.createMediaElementSource(this.audio).connect(split);
    this.edge = context.createGain(); // closed while a loop jumps
    this.edge.connect(context.destination);
    this.master = context.createGain();
    this.master.connect(this.edge);
    /** @type {number[]} of the tracks, as they are set */
    this.levels = Array(count).fill(1);
    this.closed = false;
    this.faders = Array.from({ length: count }, (_, track) => {
      const pair = context.createChannelMerger(EARS);
      for (let ear = 0; ear < EARS; ear += 1) split.connect(pair, EARS * track + ear, ear);
      const fader = context.createGain();
      pair.connect(fader).connect(this.master);
      return fader;
    });
    this.audio.src = url;
  }

  /** How much later than the element's clock says its sound is heard. */
  get latency_s() {
    const { contextTime } = this.context.getOutputTimestamp();
    return contextTime ? Math.max(0, this.context.currentTime - contextTime) : 0;
  }

  /**
   * @param {number} track
   * @param {number} level  1: as in the clip
   */
  setLevel(track, level) {
    if (this.levels[track] === level) return;
    this.levels[track] = level;
    glide(this.faders[track].gain, level, this.context.currentTime);
  }

  /** @param {boolean} on  whether anything is to be heard */
  setSounding(on) {
    glide(this.master.gain, on ? 1 : 0, this.context.currentTime);
  }

  /** @param {boolean} closed  whether nothing is heard for the moment in which a loop jumps */
  setClosed(closed) {
    if (this.closed === closed) return;
    this.closed = closed;
    glide(this.edge.gain, closed ? 0 : 1, this.context.currentTime, EDGE_S);
  }

  /** Let go of the file and of the sound card. */
  close() {
    this.audio.pause();
    this.audio.removeAttribute('src');
    this.audio.load();
    this.context.close();
  }
}

/**
 * Change a gain without a click.
 *
 * @param {AudioParam} gain
 * @param {number} level
 * @param {number} at_s       when to begin, on the context's clock
 * @param {number} [ramp_s]   time constant of its way
 */
export function glide(gain, level, at_s, ramp_s = RAMP_S) {
  gain.setTargetAtTime(level, at_s, ramp_s);
}
