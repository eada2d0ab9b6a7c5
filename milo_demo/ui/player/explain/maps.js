/**
 * Maps of where something is in the picture, drawn on dark ground.
 *
 * @import { Clip } from '../clip.js'
 * @import { Maps } from '../overlay/heat.js'
 */
import { between, neighbours } from '../clip.js';
import { brush } from '../page.js';

/**
 * What each label's scores are at a moment, 0-1.
 *
 * @param {number[][]} scores  whole per cent, per label and step
 * @param {number} step
 */
export function scoresAt(scores, step) {
  return scores.map((own) => {
    const [before, after, share] = neighbours(step, own.length);
    return between(own[before], own[after], share) / 100;
  });
}

/**
 * Some labels' maps at a moment, each times how surely it is heard; of each place, the highest.
 *
 * @param {Maps} maps
 * @param {number} step
 * @param {[label: number, heard: number][]} factors
 */
export function productOf({ file: { steps, labels, rows, columns }, bytes }, step, factors) {
  const size = rows * columns;
  const at = Math.min(Math.floor(step), steps - 1) * labels;
  const product = new Float32Array(size);
  for (const [label, heard] of factors) {
    const from = (at + label) * size;
    for (let place = 0; place < size; place += 1) {
      product[place] = Math.max(product[place], (heard * bytes[from + place]) / 255);
    }
  }
  return product;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Clip} clip
 * @param {Maps} maps           of which `map` is one, or is made
 * @param {Float32Array} map    0-1
 * @param {string} colour       of a place with 1
 */
export function drawMap(canvas, clip, { file: { rows, columns } }, map, colour) {
  canvas.width = columns;
  canvas.height = rows;
  canvas.style.aspectRatio = `${clip.width} / ${clip.height}`;
  const context = brush(canvas);
  const image = context.createImageData(columns, rows);
  const [red, green, blue] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  map.forEach((score, place) => image.data.set([red, green, blue, 255 * score], 4 * place));
  context.putImageData(image, 0, 0);
}
