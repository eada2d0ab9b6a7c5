/** How the player's parts find the elements that they are about. */

/**
 * The element within `root` that the selector is for. The page's HTML has it; where it has not, that is a fault of the
 * program, which says so here and not later in other words.
 *
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind  what it is: HTMLButtonElement, for example
 * @returns {T}
 */
export function part(root, selector, kind) {
  const element = root.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} at ${selector}`);
  return element;
}

/**
 * What draws on a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function brush(canvas) {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser has no 2D canvas');
  return context;
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} pressed
 */
export function setPressed(button, pressed) {
  button.setAttribute('aria-pressed', String(pressed));
}

/**
 * Seconds as people write them: 1:07.4.
 *
 * @param {number} time_s
 */
export function written(time_s) {
  const tenths = Math.round(time_s * 10);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  return `${Math.floor(tenths / 600)}:${seconds}`;
}

/**
 * Whether the page is light or dark.
 *
 * @returns {'light' | 'dark'}
 */
export function mood() {
  return document.body.classList.contains('dark') ? 'dark' : 'light';
}

/** @param {() => void} act  what is to happen when the page becomes dark or light */
export function onMood(act) {
  new MutationObserver(act).observe(document.body, { attributes: true, attributeFilter: ['class'] });
}
