/**
 * A wrong name put right by hand: a row's pencil asks what it is, and Python writes it into everything (`correct` in
 * ui/results.py).
 *
 * @import { Player } from './player.js'
 */
import { part } from './page.js';

export class Correcting {
  /**
   * @param {HTMLElement} root    that has the dialog
   * @param {Player} player
   * @param {() => void} trigger  asks Python to do what stands in the player's `data-correction`
   */
  constructor(root, player, trigger) {
    this.player = player;
    this.trigger = trigger;
    this.dialog = part(root, '.milo-correct', HTMLDialogElement);
    this.title = part(this.dialog, 'h2', HTMLElement);
    this.names = part(this.dialog, 'select', HTMLSelectElement);
    this.shown = ''; // the name to be corrected
    part(document, '#milo-verdict', HTMLElement).addEventListener('click', (event) => {
      const { label, undo, shown } = /** @type {Element} */ (event.target).closest('button')?.dataset ?? {};
      if (label) this.ask(label);
      if (undo) this.send({ undo, shown, becomes: undo });
    });
    const on = (/** @type {string} */ act, /** @type {() => void} */ does) => {
      part(this.dialog, `[data-do=${act}]`, HTMLButtonElement).addEventListener('click', () => {
        this.dialog.close();
        does();
      });
    };
    on('rename', () => this.send({ shown: this.shown, becomes: this.names.value }));
    on('strike', () => this.send({ shown: this.shown, becomes: null }));
    on('leave', () => {});
  }

  /** @param {string} name */
  ask(name) {
    this.shown = name;
    const title = this.player.clip?.labels.find((label) => label.name === name)?.title ?? name;
    this.title.textContent = `This is not a ${title}?`;
    this.names.value = name;
    this.dialog.showModal();
  }

  /** @param {{ shown?: string, becomes: string | null, undo?: string }} correction */
  send(correction) {
    if (correction.shown) this.player.mixer.mix.rename(correction.shown, correction.becomes);
    this.player.root.dataset.correction = JSON.stringify(correction);
    this.trigger();
  }
}
