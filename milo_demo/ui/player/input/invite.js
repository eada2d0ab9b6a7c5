/**
 * The empty player is the way in: a file that is dropped or chosen, a recording, the camera, or an example. It can be
 * opened over a clip as well.
 *
 * @import { Player } from '../player.js'
 */
import { isEmbedded } from '../embed.js';
import { part } from '../page.js';
import { choose, takeWhatIsDropped, whileSending } from './giving.js';

export class Invite {
  /** @param {Player} player */
  constructor(player) {
    this.root = part(player.root, '.milo-invite', HTMLElement);
    this.player = player;
    this.listen();
    if (!isEmbedded) takeWhatIsDropped();
    whileSending((name) => {
      part(player.root, '.milo-sending', HTMLElement).textContent = name && `Reading ${name} …`;
    });
  }

  listen() {
    const { root, player } = this;
    const on = (/** @type {string} */ act, /** @type {() => void} */ does) => {
      part(root, `[data-do=${act}]`, HTMLButtonElement).addEventListener('click', does);
    };
    on('choose', choose);
    on('record', () => document.dispatchEvent(new Event('milo-record')));
    on('camera', () => document.dispatchEvent(new Event('milo-camera')));
    on('leave', () => this.open(false));
    for (const pick of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('[data-example]'))) {
      pick.addEventListener('click', () => this.pick(`${pick.dataset.example}`));
    }
    root.addEventListener('click', (event) => { if (event.target === root && !isEmbedded) choose(); });
    root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.open(false);
    });
    for (const type of ['click', 'keydown', 'pointerdown', 'pointermove', 'wheel']) {
      root.addEventListener(type, (event) => event.stopPropagation()); // the player beneath has nothing to do with it
    }
    document.addEventListener('milo-examples', () => this.open(true));
    player.root.addEventListener('milo-shown', () => this.open(false));
  }

  /**
   * Over a clip; without one it is open anyway.
   *
   * @param {boolean} opened
   */
  open(opened) {
    const { player: { root: { classList } }, root } = this;
    const was = classList.contains('milo-inviting');
    classList.toggle('milo-inviting', opened);
    if (opened) part(root, '[data-example]', HTMLButtonElement).focus();
    else if (was && root.contains(document.activeElement)) this.player.screen.focus({ preventScroll: true });
  }

  /**
   * Have an example analysed. While a run is busy there is no button for it.
   *
   * @param {string} name
   */
  pick(name) {
    const button = /** @type {HTMLElement | null} */ (document.querySelector(`#milo-example-${name}`));
    button?.click();
  }
}
