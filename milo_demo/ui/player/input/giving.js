/** How a file reaches Python: through the one input that Gradio has for it, however the file came. */
import { part } from '../page.js';

/** The input that takes files; Gradio puts it beside its button, and it is there at any time. */
function input() {
  return part(document, '#milo-source input[type=file]', HTMLInputElement);
}

/** Let the visitor choose a file. */
export function choose() {
  input().click();
}

/** @param {File} file */
export function give(file) {
  const files = new DataTransfer();
  files.items.add(file);
  input().files = files.files;
  input().dispatchEvent(new Event('change', { bubbles: true }));
}

/**
 * While a file is being sent, `told` says so; the line that says how things stand ends it.
 *
 * @param {(name: string) => void} told  with an empty name when it has arrived
 */
export function whileSending(told) {
  document.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target === input()) told(target.files?.[0]?.name ?? '');
  });
  const changes = { childList: true, subtree: true, characterData: true };
  for (const place of ['#milo-where', '#milo-refused', '#milo-named']) {
    new MutationObserver(() => told('')).observe(part(document, place, HTMLElement), changes);
  }
}

/** A file that is dropped anywhere on the page is taken, at any time. */
export function takeWhatIsDropped() {
  const { classList } = document.body;
  const files = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!files(event)) return;
    event.preventDefault();
    classList.add('milo-dropping');
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) classList.remove('milo-dropping'); // out of the window
  });
  document.addEventListener('drop', (event) => {
    classList.remove('milo-dropping');
    const file = event.dataTransfer?.files[0];
    if (!files(event)) return;
    event.preventDefault();
    if (file) give(file);
  });
}
