/**
 * Maps as heat: where each instrument is seen and, white-hot, where it is played; what of it sounds and what moves as if it
 * played, whichever it is. All that are drawn lie over one another in a canvas of the maps' own size, which is scaled up
 * when it is drawn.
 *
 * @import { Clip, Instrument, MapsFile } from '../clip.js'
 * @import { Point } from './boxes.js'
 *
 * @typedef {object} Maps
 * @property {MapsFile} file
 * @property {Uint8Array} bytes
 */
import { between, neighbours } from '../clip.js';
import { brush } from '../page.js';

const HEAT = 0.72; // opacity of a place whose score is 1: the picture stays visible under it
const EASE = 0.15; // scores this little under the threshold fade out instead of vanishing
const WHITE = 0.75; // how far the colour of a place of score 1 goes to white where the instrument is played

export class Heat {
  constructor() {
    this.canvas = document.createElement('canvas');
    this.one = document.createElement('canvas'); // one map
    /** @type {Map<string, Maps>} by layer */
    this.maps = new Map();
  }

  /**
   * Whether all of a clip's maps, and not those of other names, are there.
   *
   * @param {Clip} clip
   */
  has(clip) {
    return Object.entries(clip.maps).every(([layer, { url }]) => this.maps.get(layer)?.file.url === url);
  }

  /**
   * A clip's maps, by their layers.
   *
   * @param {Clip} clip
   */
  async fetch(clip) {
    return new Map(await Promise.all(Object.entries(clip.maps).map(async ([layer, file]) => {
      const response = await fetch(new URL(file.url, document.baseURI));
      if (!response.ok) throw new Error(`the maps could not be fetched: ${response.status}`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      return /** @type {[string, Maps]} */ ([layer, { file, bytes }]);
    })));
  }

  /**
   * Lay the maps of all labels over one another. False where they are all clear, or not there yet.
   *
   * @param {Clip} clip
   * @param {number} step
   * @param {string[]} layers      which, the lowest first
   * @param {Set<string>} hidden   names of instruments not to draw
   * @param {number} threshold
   */
  paint(clip, step, layers, hidden, threshold) {
    const drawn = layers.flatMap((layer) => this.maps.get(layer) ?? []);
    const { canvas, one } = this;
    canvas.width = Math.max(1, ...drawn.map(({ file }) => file.columns));
    canvas.height = Math.max(1, ...drawn.map(({ file }) => file.rows));
    let any = false;
    for (const layer of layers) {
      const maps = this.maps.get(layer);
      if (!maps) continue;
      one.width = maps.file.columns;
      one.height = maps.file.rows;
      const { colour, labels } = maps.file;
      const drawnAs = colour ? [{ name: '', colour }] : clip.labels.slice(0, labels);
      drawnAs.forEach((label, index) => {
        const image = hidden.has(label.name) ? null : imageOf(maps, step, index, label.colour, threshold, layer === 'played');
        if (!image) return;
        brush(one).putImageData(image, 0, 0);
        brush(canvas).drawImage(one, 0, 0, canvas.width, canvas.height);
        any = true;
      });
    }
    return any;
  }

  /**
   * The instrument whose map is hottest at a place; null where none reaches the threshold.
   *
   * @param {Clip} clip
   * @param {number} step
   * @param {string[]} layers
   * @param {Set<string>} hidden
   * @param {number} threshold
   * @param {Point} place  as fractions of the frame
   * @returns {Instrument | null}
   */
  hottest(clip, step, layers, hidden, threshold, [x, y]) {
    if (x < 0 || x >= 1 || y < 0 || y >= 1) return null;
    /** @type {{ label: Instrument, score: number }[]} */
    const found = layers.flatMap((layer) => {
      const maps = this.maps.get(layer);
      if (!maps || maps.file.colour) return [];
      const { file: { columns, labels, rows, steps } } = maps;
      const inside = Math.floor(y * rows) * columns + Math.floor(x * columns);
      const at = Math.min(Math.floor(step), steps - 1);
      return clip.labels.slice(0, labels).map((label, index) => ({ label, score: mapOf(maps, at, index)[inside] / 255 }));
    });
    const [best] = found.filter(({ label, score }) => score >= threshold && !hidden.has(label.name))
      .sort((one, other) => other.score - one.score);
    return best?.label ?? null;
  }
}

/**
 * One label's map at one step.
 *
 * @param {Maps} maps
 * @param {number} step
 * @param {number} label
 */
function mapOf({ file: { labels, rows, columns }, bytes }, step, label) {
  const from = (step * labels + label) * rows * columns;
  return bytes.subarray(from, from + rows * columns);
}

/**
 * A label's map at a moment as an image; null where it is all clear.
 *
 * @param {Maps} maps
 * @param {number} step
 * @param {number} index    of the label
 * @param {string} colour
 * @param {number} threshold
 * @param {boolean} glowing
 */
function imageOf(maps, step, index, colour, threshold, glowing) {
  const [before, after, share] = neighbours(step, maps.file.steps);
  const [first, second] = [before, after].map((at) => mapOf(maps, at, index));
  const own = channels(colour);
  const image = new ImageData(maps.file.columns, maps.file.rows);
  let any = false;
  first.forEach((value, place) => {
    const score = between(value, second[place], share) / 255;
    const alpha = eased(score, threshold) * score * HEAT;
    if (alpha <= 0) return;
    any = true;
    const white = glowing ? score * WHITE : 0;
    image.data.set([...own.map((channel) => between(channel, 255, white)), alpha * 255], place * 4);
  });
  return any ? image : null;
}

/**
 * 0 below the threshold, 1 from it on, with a soft edge under it.
 *
 * @param {number} score
 * @param {number} threshold
 */
function eased(score, threshold) {
  return Math.max(0, Math.min(1, (score - threshold) / EASE + 1));
}

/**
 * Red, green and blue of #rrggbb, 0-255.
 *
 * @param {string} colour
 */
function channels(colour) {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}
