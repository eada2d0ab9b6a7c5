/**
 * The boxes on the live picture: they appear when they are sure, glide to where they are found, and outlast a missed
 * look.
 *
 * @import { Corners } from '../clip.js'
 *
 * @typedef {object} Found
 *   a box
 * @property {number} label  place in the list of instruments
 * @property {number} score  0-1
 * @property {Corners} corners
 *
 * @typedef {object} Tracked
 * @property {Corners} goal  where it was found last; its corners are on their way there
 * @property {number} looks  how many have found it
 * @property {number} seen   when the last of them did, in ms
 *
 * @typedef {Found & Tracked} Track
 */
const HOLD_MS = [600, 1500]; // a box outlasts two missed looks, but at least and at most this long
const GLIDE_MS = 90; // how fast a box glides to where it was found: two thirds of the way in this time
const SURE_LOOKS = 2; // a name that flashes up in a single look is a flicker
const SAME_IOU = 0.1; // boxes of one instrument that overlap this much are one, which may move far between two looks
const PART_OF = 0.7; // a box that lies this much in another of its instrument is a part of it and no second one
const SAME_PLACE_IOU = 0.6; // two instruments that do are one thing under two names

export class Tracks {
  /** @param {number} threshold  from which a box begins */
  constructor(threshold) {
    this.threshold = threshold;
    /** @type {Track[]} */
    this.tracks = [];
    this.hold = HOLD_MS[0];
    this.last = Infinity; // when the last look came
  }

  /**
   * Take over what a look found.
   *
   * @param {Found[]} found  strongest first
   * @param {number} now     in ms
   */
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

  /**
   * What to draw.
   *
   * @param {number} now    in ms
   * @param {number} since  ms since the last time
   * @returns {Found[]}
   */
  at(now, since) {
    const share = 1 - Math.exp(-Math.max(0, since) / GLIDE_MS);
    this.tracks = this.tracks.filter((track) => now - track.seen < this.hold);
    return this.tracks.filter((track) => track.looks >= SURE_LOOKS).map((track) => {
      const { label, score, goal } = track;
      const corners = track.corners.map((corner, i) => corner + (goal[i] - corner) * share);
      track.corners = /** @type {Corners} */ (corners);
      return { label, score, corners: track.corners };
    });
  }
}

/**
 * Which box may be which track's next: those of one instrument that overlap, best first.
 *
 * @param {Found[]} boxes
 * @param {Track[]} tracks
 */
function pairs(boxes, tracks) {
  return boxes.flatMap((box) => tracks.filter(({ label }) => label === box.label)
    .map((track) => ({ box, track, shared: overlap(track.goal, box.corners) })))
    .filter(({ shared }) => shared >= SAME_IOU)
    .sort((one, other) => other.shared - one.shared);
}

/**
 * Intersection over union of two boxes.
 *
 * @param {Corners} one
 * @param {Corners} other
 */
function overlap(one, other) {
  const both = common(one, other);
  return both / (area(one) + area(other) - both || 1);
}

/**
 * How much of the smaller of two boxes lies in the other.
 *
 * @param {Corners} one
 * @param {Corners} other
 */
function nested(one, other) {
  return common(one, other) / (Math.min(area(one), area(other)) || 1);
}

/**
 * @param {Corners} one
 * @param {Corners} other
 */
function common(one, other) {
  const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  return Math.max(0, width) * Math.max(0, height);
}

/** @param {Corners} box */
function area([x0, y0, x1, y1]) {
  return (x1 - x0) * (y1 - y0);
}
