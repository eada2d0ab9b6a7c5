/**
 * When something starts and stops, at any threshold: what `spans` in milo_demo/grid.py finds at one.
 *
 * @import { Clip } from '../clip.js'
 *
 * @typedef {object} Event
 * @property {string} kind    heard, seen or played
 * @property {number} label   place in the clip's labels
 * @property {number} start_s
 * @property {number} end_s
 */
const KINDS = /** @type {const} */ (['heard', 'seen', 'played']);
const SAME_S = 0.05; // a moment this close to an event's beginning is that beginning

/**
 * Events of some instruments, in the order of their beginnings.
 *
 * @param {Clip} clip
 * @param {number} threshold     0-1
 * @param {Set<string>} hidden   names of instruments whose events do not count
 * @returns {Event[]}
 */
export function eventsOf(clip, threshold, hidden) {
  const { labels, steps_per_s, release, bridge, duration_s } = clip;
  return KINDS.flatMap((kind) => clip[kind].flatMap((scores, label) => (
    hidden.has(labels[label].name) ? [] : spans(scores, 100 * threshold, release, bridge).map(([first, end]) => ({
      kind, label, start_s: first / steps_per_s, end_s: Math.min(end / steps_per_s, duration_s),
    }))))).sort((one, other) => one.start_s - other.start_s || one.label - other.label);
}

/**
 * Stretches of `scores` that reach the threshold, grown to where they fall under its `release`th part; gaps of up to
 * `bridge` steps belong to them.
 *
 * @param {number[]} scores
 * @param {number} threshold  in the unit of the scores
 * @param {number} release
 * @param {number} bridge
 * @returns {[first: number, end: number][]}
 */
export function spans(scores, threshold, release, bridge) {
  /** @type {{ first: number, end: number, peak: number }[]} */
  const found = [];
  scores.forEach((score, step) => {
    if (score < release * threshold) return;
    const last = found.at(-1);
    if (last && step - last.end <= bridge) {
      last.end = step + 1;
      last.peak = Math.max(last.peak, score);
    } else {
      found.push({ first: step, end: step + 1, peak: score });
    }
  });
  return found.filter(({ peak }) => peak >= threshold).map(({ first, end }) => [first, end]);
}

/**
 * The events that begin next after a moment, or last before it: several, where they begin together.
 *
 * @param {Event[]} events
 * @param {number} now_s
 * @param {1 | -1} way
 */
export function neighbours(events, now_s, way) {
  const begins = way > 0
    ? events.find(({ start_s }) => start_s > now_s + SAME_S)
    : events.findLast(({ start_s }) => start_s < now_s - SAME_S);
  return events.filter(({ start_s }) => start_s === begins?.start_s);
}

/**
 * Who plays at a moment: places of the labels, in their order.
 *
 * @param {Event[]} events
 * @param {number} now_s
 */
export function playing(events, now_s) {
  const now = events.filter(({ start_s, end_s }) => start_s <= now_s && now_s < end_s);
  return [...new Set(now.map(({ label }) => label))].sort((one, other) => one - other);
}
