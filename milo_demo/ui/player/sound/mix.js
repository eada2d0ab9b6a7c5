/**
 * Who is heard, and how loudly: what the viewer has chosen, by the names of the tracks.
 *
 * @import { Range } from '../lanes/figure.js'
 *
 * @typedef {object} Track
 * @property {string} name    of the instrument; `residual`
 * @property {number} energy  its share of the energy of all the sound
 */
const RESIDUAL = 'residual';
const MOST_RAISED = 4; // 12 dB: a track that is hardly there is not blown up to noise

export class Mix {
  /** @type {Track[]} that there are */
  tracks = [];
  /** @type {Set<string>} of whom the viewer listens to alone; with or without a track */
  solos = new Set();
  /** @type {Set<string>} */
  mutes = new Set();
  /** @type {Map<string, Range[]>} the parts in which a track is muted, in order */
  cuts = new Map();
  /** @type {Map<string, number>} 0-1, where it is not 1 */
  volumes = new Map();
  original = false; // the clip as it was, whatever else is chosen
  even = false; // soft instruments are raised, loud ones lowered

  /** Everybody as in the clip; the switches stay. */
  reset() {
    for (const choice of [this.solos, this.mutes, this.cuts, this.volumes]) choice.clear();
  }

  /**
   * What was chosen for one instrument is for another one now; null: for none.
   *
   * @param {string} name
   * @param {string | null} becomes
   */
  rename(name, becomes) {
    for (const choice of [this.solos, this.mutes]) if (choice.delete(name) && becomes) choice.add(becomes);
    /** @type {Map<string, any>[]} */
    const maps = [this.cuts, this.volumes];
    for (const choice of maps) {
      const value = choice.get(name);
      choice.delete(name);
      if (becomes && value !== undefined) choice.set(becomes, value);
    }
  }

  /**
   * Listen to an instrument alone, or alone with others that are; again: no longer.
   *
   * @param {string} name
   */
  solo(name) {
    if (!this.solos.delete(name)) this.solos.add(name);
  }

  /**
   * Listen to this instrument and nobody else; again: to everything.
   *
   * @param {string} name
   */
  only(name) {
    const already = this.isOnly(name);
    this.solos.clear();
    if (!already) this.solos.add(name);
  }

  /** @param {string} name */
  mute(name) {
    if (!this.mutes.delete(name)) this.mutes.add(name);
  }

  /** @param {string} name */
  isOnly(name) {
    return this.solos.size === 1 && this.solos.has(name);
  }

  /**
   * Mute a track in a part of the clip as well.
   *
   * @param {string} name
   * @param {Range} part
   */
  cut(name, part) {
    let [from, to] = part;
    const apart = (this.cuts.get(name) ?? []).filter(([start, end]) => {
      const touches = start <= to && end >= from;
      if (touches) [from, to] = [Math.min(from, start), Math.max(to, end)];
      return !touches;
    });
    const parts = /** @type {Range[]} */ ([...apart, [from, to]]);
    this.cuts.set(name, parts.sort((one, other) => one[0] - other[0]));
  }

  /**
   * @param {string} name
   * @param {Range} part  one of those in which the track is muted
   */
  uncut(name, part) {
    const parts = (this.cuts.get(name) ?? []).filter((other) => other !== part);
    if (parts.length) this.cuts.set(name, parts);
    else this.cuts.delete(name);
  }

  /**
   * How loud a track is where no part of it is muted; 1: as in the clip.
   *
   * @param {Track} track
   */
  levelOf({ name, energy }) {
    if (this.original) return 1; // all tracks together are the clip's sound
    const alone = this.tracks.some((track) => this.solos.has(track.name));
    if (this.mutes.has(name) || (alone && !this.solos.has(name))) return 0;
    return (this.volumes.get(name) ?? 1) * (this.even && name !== RESIDUAL ? this.raised(energy) : 1);
  }

  /** How loud every track is, and where it is muted, as Python is told; nothing where the clip sounds as it was. */
  get wish() {
    const levels = Object.fromEntries(this.tracks.map((track) => [track.name, this.levelOf(track)]));
    if (this.original || (!this.cuts.size && Object.values(levels).every((level) => level === 1))) return {};
    return { levels, cuts: Object.fromEntries(this.cuts) };
  }

  /**
   * How loud it is at a moment.
   *
   * @param {Track} track
   * @param {number} time_s
   */
  levelAt(track, time_s) {
    const parts = this.original ? [] : this.cuts.get(track.name) ?? [];
    return parts.some(([from, to]) => from <= time_s && time_s < to) ? 0 : this.levelOf(track);
  }

  /**
   * By how much a track is raised or lowered to be as loud as the instruments are on average.
   *
   * @param {number} energy
   */
  raised(energy) {
    const all = this.tracks.filter(({ name }) => name !== RESIDUAL).map((track) => track.energy);
    const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
    return energy ? Math.min(Math.sqrt(mean / energy), MOST_RAISED) : 1;
  }
}
