/**
 * What is on the screen as a PNG: picture, boxes and heat, caption.
 *
 * Only here is the video read into a canvas: doing so for every frame would cost 25 MB a second.
 *
 * @import { Player } from '../player.js'
 */
import { contained } from './boxes.js';
import { brush, part } from '../page.js';

/** @param {Player} player */
export function savePicture(player) {
  const { clip, clock, overlay: { canvas: { canvas: drawn } }, root, around: { sphere }, screen, video } = player;
  if (!clip) return;
  player.draw(); // a sphere's canvas can be read in the moment in which it is drawn only
  const { width, height } = screen.getBoundingClientRect();
  const frame = sphere || !clip.has_video ? { x: 0, y: 0, width, height } : contained(clip.width / clip.height, { width, height });
  const scale = drawn.width / width;
  const picture = document.createElement('canvas');
  picture.width = Math.round(frame.width * scale);
  picture.height = Math.round(frame.height * scale);
  const context = brush(picture);
  context.fillStyle = '#0b1120';
  context.fillRect(0, 0, picture.width, picture.height);
  if (clip.has_video) context.drawImage(sphere ? part(root, '.milo-sphere', HTMLCanvasElement) : video, 0, 0, picture.width, picture.height);
  context.drawImage(drawn, -frame.x * scale, -frame.y * scale);
  context.scale(scale, scale);
  for (const [selector, right] of /** @type {const} */ ([['.milo-caption', false], ['.milo-badge', true]])) {
    const words = part(root, selector, HTMLElement);
    if (!words.hidden && words.textContent) write(context, words.textContent, frame, right);
  }
  picture.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${clip.name.replace(/\.[^.]*$/, '')} at ${clock.time_s.toFixed(2)} s.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  }, 'image/png');
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} words
 * @param {{ width: number, height: number }} frame
 * @param {boolean} right  whether they stand in the corner, not in the middle
 */
function write(context, words, { width, height }, right) {
  context.font = `${right ? 12 : 17}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const wide = context.measureText(words).width + 22;
  const left = right ? width - wide - 10 : (width - wide) / 2;
  context.fillStyle = 'rgba(15, 23, 42, 0.88)';
  context.fillRect(left, height - 40, wide, 30);
  context.fillStyle = '#f8fafc';
  context.fillText(words, left + 11, height - 25);
}
