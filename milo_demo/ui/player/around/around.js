/**
 * Whether a 360° clip is shown all round the viewer, or flat.
 *
 * @import { Player } from '../player.js'
 * @import { Sphere } from './sphere.js'
 */
import { part } from '../page.js';

export class Around {
  /** @type {Sphere | null} what shows a clip all round; null while the picture is flat */
  sphere = null;
  /** @type {Promise<Sphere | null> | null} the same, from when it is first wanted; null in it: it cannot be had */
  making = null;
  wanted = false; // whether the viewer wants to look around

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.label = player.screen.getAttribute('aria-label');
    this.flatOnly = part(player.root, '.milo-flat-only', HTMLElement);
  }

  /** @param {boolean} on */
  async look(on) {
    const { player, player: { root, screen } } = this;
    this.wanted = on;
    const sphere = on ? await (this.making ??= this.make()) : null;
    if (this.wanted !== on) return; // another clip or another wish came in between
    sphere?.load();
    this.sphere = sphere;
    root.classList.toggle('milo-around', sphere !== null);
    this.flatOnly.hidden = !on || sphere !== null;
    player.controls.showAround(sphere !== null, on && !sphere);
    screen.setAttribute('aria-label', sphere ? `${this.label} ${screen.dataset.around}` : `${this.label}`);
    player.redraw();
  }

  /** What draws a sphere is fetched when the first 360° clip is shown. Resolves to null where there is no WebGL. */
  async make() {
    const { player } = this;
    const canvas = document.createElement('canvas');
    canvas.className = 'milo-sphere';
    const context = canvas.getContext('webgl2', { alpha: false, antialias: true });
    if (!context) return null;
    const { Sphere } = await import('./sphere.js');
    canvas.addEventListener('webglcontextlost', () => {
      this.making = Promise.resolve(null);
      if (this.wanted) this.look(true);
    });
    player.video.after(canvas);
    return new Sphere(canvas, context, {
      video: player.video,
      heat: player.overlay.heat.canvas,
      looking: player.looking,
      arrived: () => player.redraw(),
    });
  }
}
