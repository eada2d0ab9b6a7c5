/**
 * The spectrogram around a moment, plain or in the colours of the tracks.
 *
 * @typedef {object} Spectrogram
 *   uint8 (frame, layer, band), 0-255, in C order: the first layer is the spectrogram, the others are the tracks' shares
 * @property {string} url      relative to the page
 * @property {number} frames
 * @property {number} frames_per_s
 * @property {number} bands    from low to high
 * @property {string[]} tracks  their colours
 */
import { brush } from '../page.js';

const AROUND_S = 3; // before and after the moment
const QUIET = [11, 17, 32];
const LOUD = [248, 250, 252];

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Spectrogram} sound
 * @param {Uint8Array} layers
 * @param {number} time_s
 */
export function drawSpectrogram(canvas, sound, layers, time_s) {
  paint(canvas, sound, time_s, (at) => LOUD.map((channel, i) => QUIET[i] + ((channel - QUIET[i]) * layers[at]) / 255));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Spectrogram} sound
 * @param {Uint8Array} layers
 * @param {number} time_s
 */
export function drawShares(canvas, sound, layers, time_s) {
  const colours = sound.tracks.map((colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)));
  paint(canvas, sound, time_s, (at) => {
    const mixed = [0, 0, 0];
    colours.forEach((colour, track) => {
      const share = layers[at + (track + 1) * sound.bands] / 255;
      colour.forEach((channel, i) => { mixed[i] += share * channel; });
    });
    return mixed.map((channel, i) => QUIET[i] + ((channel - QUIET[i]) * layers[at]) / 255);
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Spectrogram} sound
 * @param {number} time_s
 * @param {(at: number) => number[]} colourAt  red, green and blue of the place whose loudness is at this place
 */
function paint(canvas, { frames, frames_per_s, bands, tracks }, time_s, colourAt) {
  const count = Math.round(2 * AROUND_S * frames_per_s);
  const first = Math.round((time_s - AROUND_S) * frames_per_s);
  canvas.width = count;
  canvas.height = bands;
  const context = brush(canvas);
  const image = context.createImageData(count, bands);
  for (let column = 0; column < count; column += 1) {
    const frame = first + column;
    if (frame < 0 || frame >= frames) continue;
    for (let band = 0; band < bands; band += 1) {
      const at = frame * (tracks.length + 1) * bands + band;
      image.data.set([...colourAt(at), 255], 4 * ((bands - 1 - band) * count + column));
    }
  }
  context.putImageData(image, 0, 0);
  context.fillStyle = '#818cf8'; // the playhead
  context.fillRect(count / 2, 0, 1, bands);
}
