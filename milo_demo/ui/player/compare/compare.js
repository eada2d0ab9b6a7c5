/**
 * Listening to one separator after the other: whatever is clicked goes on from the same moment. Blind, the separators
 * are called A, B, C in an order of their own, which stays while more comes, until somebody reveals who they were.
 *
 * Python renders the rows (`as_html` in ui/compare/table.py), anew whenever there is more to hear, so everything is
 * looked up when it is clicked.
 */

import { part } from '../page.js';

/**
 * @param {HTMLElement} element  in which the rows stand
 */
export function mount(element) {
  const audio = new Audio();
  /** @type {number | undefined} */
  let moving;
  let at_s = 0; // where in the part one is
  let blind = false;
  /** @type {Map<string | undefined, number>} by chance: where each separator stands among the others, blind */
  const places = new Map();

  const section = () => /** @type {HTMLElement | null} */ (element.querySelector('.milo-comparison'));
  const buttons = () => [.../** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll('[data-src]'))];

  const show = () => {
    const playing = !audio.paused;
    for (const button of buttons()) {
      button.setAttribute('aria-pressed', String(playing && addressOf(button) === audio.src));
    }
    const share = audio.duration ? at_s / audio.duration : 0;
    for (const head of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll('.milo-mask i'))) {
      head.style.left = `${100 * share}%`;
    }
  };

  const move = () => {
    if (!audio.seeking && audio.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) at_s = audio.currentTime;
    show();
    moving = audio.paused ? undefined : requestAnimationFrame(move);
  };

  /** @param {HTMLElement} button */
  const listen = async (button) => {
    if (!audio.paused && audio.src === addressOf(button)) {
      audio.pause();
      show();
      return;
    }
    audio.src = addressOf(button);
    audio.currentTime = at_s;
    try {
      await audio.play();
    } catch {
      return; // another was clicked before this one began
    }
    if (moving === undefined) moving = requestAnimationFrame(move);
  };

  audio.addEventListener('ended', () => { at_s = 0; show(); });

  /** Let the rows be as blind as they are to be. */
  const hide = () => {
    const root = section();
    if (!root) return;
    root.classList.toggle('milo-blind', blind);
    const box = /** @type {HTMLInputElement | null} */ (root.querySelector('[data-do=blind]'));
    if (box) box.checked = blind;
    root.querySelector('[data-do=reveal]')?.toggleAttribute('hidden', !blind);
    const rows = [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll('.milo-take'))];
    if (blind) rows.sort((one, other) => placeOf(one) - placeOf(other));
    rows.forEach((row, index) => {
      const [who, letter] = ['.milo-who', '.milo-letter'].map((name) => part(row, name, HTMLElement));
      letter.textContent = String.fromCharCode(65 + index);
      row.querySelector('.milo-listen')?.setAttribute('aria-label', `${(blind ? letter : who).textContent}`);
      if (blind) row.parentElement?.append(row);
    });
  };

  /** @param {HTMLElement} row */
  const placeOf = ({ dataset: { method } }) => {
    const place = places.get(method) ?? Math.random();
    places.set(method, place);
    return place;
  };

  element.addEventListener('click', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const button = /** @type {HTMLElement | null} */ (target.closest('[data-src]'));
    if (button) listen(button);
    if (target.matches('[data-do=reveal]')) { blind = false; hide(); }
  });
  element.addEventListener('change', (event) => {
    const box = /** @type {HTMLInputElement} */ (event.target);
    if (!box.matches('[data-do=blind]')) return;
    blind = box.checked;
    places.clear();
    hide();
  });
  const rows = new MutationObserver(() => {
    if (!buttons().some((button) => addressOf(button) === audio.src)) audio.pause(); // what was heard is gone
    hide();
    show();
    rows.takeRecords(); // what was changed here
  });
  rows.observe(element, { childList: true, subtree: true, characterData: true });
}

/** @param {HTMLElement} button */
function addressOf(button) {
  return new URL(`${button.dataset.src}`, document.baseURI).href;
}
