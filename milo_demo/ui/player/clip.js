/**
 * The clip as Python hands it over (`clip` in ui/player_data.py), and what there is in it at a moment.
 *
 * A moment is counted in steps of the analysis, from the clip's start; between two steps, what there is lies between
 * what there is at both. Scores are 0-1 but where they are said to be per cent.
 *
 * @import { Range } from './lanes/figure.js'
 *
 * @typedef {object} Instrument
 * @property {string} name    in files and analyses
 * @property {string} title   as people call it
 * @property {string} sign    two letters
 * @property {string} colour  #rrggbb
 * @property {string} ink     #rrggbb, what can be read on it
 *
 * @typedef {object} Heard
 * @property {boolean} by_ear   whether the eye does not know it
 * @property {boolean} by_hand  whether it was found under another name, and renamed by hand
 * @property {[x: number, y: number] | null} heard_at
 *   the place in a 360° frame that its sound comes from, as fractions of the frame; null where none is known
 *
 * @typedef {Instrument & Heard} Label
 *
 * @typedef {[x0: number, y0: number, x1: number, y1: number]} Corners
 *   left, top, right and bottom of a box, as fractions of the upright frame; x1 > 1 across the seam of a 360° frame
 *
 * @typedef {[
 *   step: number, label: number, player: number, score: number, x0: number, y0: number, x1: number, y1: number
 * ]} BoxRow
 *   label: place in the clip's labels; player: number of one of the players in the picture, the same from step to step;
 *   score in whole per cent, corners in whole thousandths of the frame
 *
 * @typedef {[
 *   from: number, to: number, word: string, score: number, x0: number, y0: number, x1: number, y1: number
 * ]} WordRow
 *   a place at which there may be what a word of the user's own says, from one step to another; else like a box
 *
 * @typedef {[step: number, x: number, y: number]} HandRow
 *   the finger tips of a hand; x and y in whole thousandths of the upright frame
 *
 * @typedef {object} MapsFile
 *   uint8 (step, label, row, column), 0-255, in C order
 * @property {string} url  relative to the page
 * @property {number} steps
 * @property {number} labels  how many of the clip's, from the first on; 1 where the layer tells none apart
 * @property {string | null} colour  #rrggbb of a layer that tells none apart
 * @property {number} rows
 * @property {number} columns
 *
 * @typedef {object} Said
 *   what is said from a threshold on, up to the next one
 * @property {number} from    that threshold, whole per cent
 * @property {string} answer  the sentence
 * @property {[name: string, remark: string][]} rows  who is spoken of, and what stands beside the name
 * @property {number} there   how many of them are there; the others may be
 * @property {boolean} nothing  whether nothing is said of any instrument
 *
 * @typedef {object} Clip
 * @property {'ready'} state
 * @property {string} video         address of the video, relative to the page
 * @property {string} name          of the file that was chosen
 * @property {boolean} has_video    whether there is a picture
 * @property {number} duration_s
 * @property {number} width         of the upright frame, in pixels; 0 without picture
 * @property {number} height
 * @property {'flat' | 'equirectangular'} projection
 * @property {number} steps_per_s   of the analysis
 * @property {number} release       share of the threshold under which the score of a box that has begun has to fall for
 *                                  the box to go, and the event to end
 * @property {number} bridge        gaps of so many steps belong to the event
 * @property {boolean} drawn        whether it is a drawing and not a recording
 * @property {Label[]} labels       all that were asked about, best first
 * @property {BoxRow[]} boxes
 * @property {WordRow[]} words
 * @property {number[][]} heard     per label and step, whole per cent; empty without sound
 * @property {number[][]} seen      the same; empty without picture
 * @property {number[][]} played    the same; empty where nobody was watched playing
 * @property {Said[]} verdicts      by their thresholds, the lowest first
 * @property {Record<string, MapsFile>} maps  by the layer they are drawn as
 * @property {HandRow[]} hands
 *
 * @typedef {object} Chosen
 *   a clip that is not analysed yet (`preview` in ui/entry/choosing.py)
 * @property {'chosen'} state
 * @property {string} video        address of the file, relative to the page; not every browser can play every one
 * @property {string} name
 * @property {number} duration_s
 * @property {boolean} has_video
 * @property {number} width        of the upright picture, in pixels; 0 without one
 * @property {number} height
 * @property {Range} part          that is analysed if no other is chosen
 * @property {number} usual_s      of which so much is analysed if no length is chosen
 * @property {number} longest_s    that can be analysed at once
 * @property {number} turn         another one each time that a file is chosen
 *
 * @typedef {object} NoClip
 *   there is none yet, or one is being prepared
 * @property {'idle' | 'busy'} state
 * @property {string} [example]  whose result was asked for and is gone: it can be had again
 *
 * @typedef {object} Mark
 *   something that there is at a moment, to be drawn over the picture
 * @property {number | string} player  which one it is, the same from moment to moment
 * @property {Instrument} label
 * @property {Corners} corners
 * @property {string} words            what stands beside it
 * @property {boolean} sure            whether its score reaches the threshold at this moment
 */

/** How what somebody looked for is drawn, as no instrument is. */
const WORD = { sign: '“ ”', colour: '#f8fafc', ink: '#0f172a' };

export class Moments {
  /** @param {Clip} clip */
  constructor(clip) {
    this.clip = clip;
    this.boxes = groupBySteps(clip.boxes);
    /** @type {[x: number, y: number][][]} per step, where hands are, as fractions of the frame */
    this.hands = [];
    for (const [step, x, y] of clip.hands) (this.hands[step] ??= []).push([x / 1000, y / 1000]);
    /** @type {Map<number, number>} the highest score of each player's boxes */
    this.peaks = new Map();
    for (const [, , player, score] of clip.boxes) {
      this.peaks.set(player, Math.max(score / 100, this.peaks.get(player) ?? 0));
    }
  }

  /**
   * The boxes to be drawn at `step`, between two steps on their way from one place to the other. A player that is sure
   * at some time keeps its box until its score falls well under the threshold, so that the box does not blink.
   *
   * @param {number} step
   * @param {number} threshold
   * @param {Set<string>} hidden  names of instruments that are not drawn
   * @returns {Mark[]}
   */
  boxesAt(step, threshold, hidden) {
    const { clip, clip: { labels, projection, release }, boxes, peaks } = this;
    const [before, after, share] = neighbours(step, stepsIn(clip));
    const next = boxes[after];
    return [...(boxes[before] ?? [])].flatMap(([player, box]) => {
      const label = labels[box.label];
      const then = next?.get(player) ?? box;
      const score = between(box.score, then.score, share);
      const sure = (peaks.get(player) ?? 0) >= threshold;
      if (hidden.has(label.name) || !sure || score < release * threshold) return [];
      const turn = projection === 'equirectangular' ? turnBetween(box.corners, then.corners) : 0;
      const corners = /** @type {Corners} */ (
        box.corners.map((edge, i) => between(edge, then.corners[i] + (i % 2 ? 0 : turn), share))
      );
      return [{ player, label, corners, words: words(label, score), sure: score >= threshold }];
    });
  }

  /**
   * Boxes without size, for what is heard from a place at which no instrument of its kind is seen.
   *
   * @param {number} step
   * @param {number} threshold
   * @param {Set<string>} hidden
   * @param {Mark[]} boxes  what is seen at the moment
   * @returns {Mark[]}
   */
  heardAt(step, threshold, hidden, boxes) {
    return this.clip.labels.flatMap((label, index) => {
      if (!label.heard_at || hidden.has(label.name) || boxes.some((box) => box.label === label)) return [];
      const score = this.heard(index, step);
      if (score < threshold) return [];
      /** @type {Corners} */
      const corners = [...label.heard_at, ...label.heard_at];
      return [{ player: `heard ${label.name}`, label, corners, words: `♪ ${label.title} heard ${percent(score)}`, sure: true }];
    });
  }

  /**
   * What was looked for by words of the user's own, which are no instruments' names.
   *
   * @param {number} step
   * @param {number} threshold
   * @returns {Mark[]}
   */
  wordsAt(step, threshold) {
    return this.clip.words.flatMap(([from, to, word, score, ...thousandths], place) => {
      if (step < from || step >= to || score < 100 * threshold) return [];
      const corners = /** @type {Corners} */ (thousandths.map((corner) => corner / 1000));
      const label = { ...WORD, name: `“${word}”`, title: `“${word}”` };
      return [{ player: `word ${place}`, label, corners, words: words(label, score / 100), sure: true }];
    });
  }

  /**
   * How surely a label is heard at `step`.
   *
   * @param {number} label  its place in the clip's labels
   * @param {number} step
   */
  heard(label, step) {
    const scores = this.clip.heard[label];
    const [before, after, share] = neighbours(step, scores.length);
    return between(scores[before], scores[after], share) / 100;
  }
}

/**
 * How many steps a clip has, the last one possibly begun only (`steps_in` in milo_demo/grid.py).
 *
 * @param {Clip} clip
 */
function stepsIn({ duration_s, steps_per_s }) {
  return Math.ceil(duration_s * steps_per_s - 1e-6);
}

/**
 * The name of an instrument, and how sure it is.
 *
 * @param {Instrument | Label} label
 * @param {number} score
 */
export function words(label, score) {
  return `${label.title}${'by_hand' in label && label.by_hand ? ' ✎' : ''} ${percent(score)}`;
}

/**
 * The steps on both sides of `step`, of which there are `steps`, and how far it lies from the first to the second, 0-1.
 *
 * @param {number} step
 * @param {number} steps
 */
export function neighbours(step, steps) {
  const before = Math.max(0, Math.min(Math.floor(step), steps - 1));
  return [before, Math.min(before + 1, steps - 1), Math.max(0, Math.min(step - before, 1))];
}

/**
 * @param {number} first
 * @param {number} second
 * @param {number} share
 */
export function between(first, second, share) {
  return first + (second - first) * share;
}

/**
 * For every step that has any, its boxes by the number of their player.
 *
 * @param {BoxRow[]} rows
 */
function groupBySteps(rows) {
  /** @type {(Map<number, { label: number, score: number, corners: Corners }> | undefined)[]} */
  const steps = [];
  for (const [step, label, player, score, ...thousandths] of rows) {
    const corners = /** @type {Corners} */ (thousandths.map((corner) => corner / 1000));
    (steps[step] ??= new Map()).set(player, { label, score: score / 100, corners });
  }
  return steps;
}

/**
 * How many turns of a 360° frame the second box has to be moved by to lie on the first one's side of the seam.
 *
 * @param {Corners} first
 * @param {Corners} second
 */
function turnBetween([x0, , x1], [thenX0, , thenX1]) {
  return Math.round((x0 + x1 - thenX0 - thenX1) / 2);
}

/**
 * Cut off and not rounded, so that no number stands for what does not reach it (`per_cent` in milo_demo/grid.py).
 *
 * @param {number} score
 */
export function percent(score) {
  return `${Math.floor(score * 100 + 1e-9)} %`;
}
