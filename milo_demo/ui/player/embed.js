/**
 * The player alone, for a frame in somebody else's page: the address has `?embed`, and after its `#` the result, as on
 * the page itself (`address.js`). Nothing can be given to it; a link leads to the whole page, at the same moment.
 *
 * @import { Player } from './player.js'
 */
import { part } from './page.js';

export const isEmbedded = new URLSearchParams(window.location.search).has('embed');

/** @param {Player} player */
export function embed(player) {
  document.body.classList.add('milo-embed');
  const link = part(player.layers.root, '.milo-open', HTMLAnchorElement);
  link.hidden = false;
  for (const event of ['pointerdown', 'focus', 'click']) {
    link.addEventListener(event, () => {
      player.address.write();
      link.href = window.location.pathname + window.location.hash;
    });
  }
}
