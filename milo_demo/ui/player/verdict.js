/**
 * The sentence and the rows, at any threshold: what Python has said for each (`verdicts` in ui/words/sentence.py) is shown for the
 * one that is chosen.
 *
 * @import { Clip, Said } from './clip.js'
 */

/** @type {Said} */
const NOTHING = { from: 0, answer: '', rows: [], there: 0, nothing: true };

export class Verdict {
  /** @type {Said[]} */
  verdicts = [];
  threshold = 0.5;

  /**
   * @param {HTMLElement} answer  in which Gradio puts the sentence
   * @param {HTMLElement} rows    and the rows
   */
  constructor(answer, rows) {
    this.answer = answer;
    this.rows = rows;
    this.watched = new MutationObserver(() => this.apply());
    const changes = { childList: true, subtree: true, characterData: true, attributes: true };
    for (const place of [answer, rows]) this.watched.observe(place, changes);
  }

  /** @param {Clip | null} clip */
  show(clip) {
    this.verdicts = clip?.verdicts ?? [];
    this.apply();
  }

  /** @param {number} threshold  0-1 */
  setThreshold(threshold) {
    this.threshold = threshold;
    this.apply();
  }

  /** What is said at the threshold. */
  get said() {
    const per_cent = Math.round(100 * this.threshold);
    return this.verdicts.findLast(({ from }) => from <= per_cent) ?? NOTHING;
  }

  /** Names of the instruments that are spoken of: those that are there, then those that may be. */
  get names() {
    return this.said.rows.map(([name]) => name);
  }

  /** Bring the page's sentence and rows to what is said. */
  apply() {
    const { said } = this;
    const sentence = this.answer.querySelector('.milo-answer');
    const list = this.rows.querySelector('.milo-rows:not(.milo-pending)');
    if (said !== NOTHING && sentence && sentence.textContent !== said.answer) sentence.textContent = said.answer;
    if (said !== NOTHING && list) this.applyRows(list, said);
    this.watched.takeRecords(); // what was changed here
  }

  /**
   * @param {Element} list
   * @param {Said} said
   */
  applyRows(list, { rows, there, nothing }) {
    const elements = new Map([...list.querySelectorAll('li')].map((row) => [row.dataset.label, row]));
    const focused = document.activeElement;
    rows.forEach(([name, remark], place) => {
      const row = elements.get(name);
      if (!row) return;
      elements.delete(name);
      row.hidden = false;
      row.classList.toggle('milo-faint', place >= there);
      const words = row.querySelector('.milo-remark');
      if (words) words.textContent = remark;
      if (list.children[place] !== row) list.insertBefore(row, list.children[place]);
    });
    // Moving a row takes the focus from it.
    if (focused instanceof HTMLElement && focused !== document.activeElement && list.contains(focused)) focused.focus();
    const rest = [...elements.values()];
    for (const row of rest) row.hidden = true;
    const none = this.rows.querySelector('.milo-nothing');
    if (none) none.toggleAttribute('hidden', !nothing);
    const less = this.rows.querySelector('.milo-rest');
    less?.toggleAttribute('hidden', !rest.length);
    const names = less?.querySelector('p');
    if (names) names.textContent = `${rest.map((row) => row.dataset.said).join(', ')} %`;
  }
}
