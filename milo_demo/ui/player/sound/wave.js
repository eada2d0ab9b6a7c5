/**
 * A track's waveform in its row: a playhead on it, a click that seeks, and the parts in which the track is muted. Dragging
 * over a part mutes it; each such part is a button that lets it be heard again.
 *
 * @import { Range } from '../lanes/figure.js'
 */
import { written } from '../page.js';

const DRAG_PX = 4; // from here on a pointer that is held down is dragged

export class Wave {
  /**
   * @param {HTMLElement} root
   * @param {string} title       whose track it is
   * @param {number} duration_s  of the clip
   * @param {object} mixer
   * @param {(time_s: number) => void} mixer.seek
   * @param {(part: Range) => void} mixer.cut     mute it there
   * @param {(part: Range) => void} mixer.uncut   and no longer
   */
  constructor(root, title, duration_s, mixer) {
    this.root = root;
    this.title = title;
    this.mixer = mixer;
    this.duration_s = duration_s;
    this.playhead = root.appendChild(document.createElement('i'));
    this.playhead.className = 'milo-wave-head';
    this.marks = root.appendChild(document.createElement('span'));
    this.drawn = root.appendChild(document.createElement('i'));
    this.drawn.className = 'milo-cut';
    this.drawn.hidden = true;
    root.addEventListener('pointerdown', (event) => this.hold(event));
  }

  /** @param {PointerEvent} down */
  hold(down) {
    const { root, drawn } = this;
    if (down.button !== 0 || /** @type {Element} */ (down.target).closest('button')) return;
    root.setPointerCapture(down.pointerId);
    const start_s = this.timeAt(down);
    /** @type {Range | null} */
    let part = null;
    const move = (/** @type {PointerEvent} */ event) => {
      if (!part && Math.abs(event.clientX - down.clientX) < DRAG_PX) return;
      const now_s = this.timeAt(event);
      part = [Math.min(start_s, now_s), Math.max(start_s, now_s)];
      drawn.hidden = false;
      this.put(drawn, part);
    };
    const end = (/** @type {PointerEvent} */ event) => {
      root.removeEventListener('pointermove', move);
      for (const type of ['pointerup', 'pointercancel']) root.removeEventListener(type, /** @type {any} */ (end));
      drawn.hidden = true;
      if (event.type === 'pointercancel') return;
      if (part) this.mixer.cut(part);
      else this.mixer.seek(start_s);
    };
    root.addEventListener('pointermove', move);
    for (const type of ['pointerup', 'pointercancel']) root.addEventListener(type, /** @type {any} */ (end));
  }

  /** @param {PointerEvent} event */
  timeAt({ clientX }) {
    const { left, width } = this.root.getBoundingClientRect();
    return Math.max(0, Math.min((clientX - left) / width, 1)) * this.duration_s;
  }

  /** @param {number} time_s */
  moveTo(time_s) {
    this.playhead.style.left = `${(100 * time_s) / this.duration_s}%`;
  }

  /** @param {Range[]} cuts  where the track is muted */
  showCuts(cuts) {
    this.marks.replaceChildren(...cuts.map((part) => {
      const mark = document.createElement('button');
      mark.type = 'button';
      mark.className = 'milo-cut';
      mark.setAttribute('aria-label', `${this.title} is muted from ${written(part[0])} to ${written(part[1])}: let it be heard`);
      mark.title = 'Let this part be heard again';
      mark.addEventListener('click', () => this.mixer.uncut(part));
      this.put(mark, part);
      return mark;
    }));
  }

  /**
   * @param {HTMLElement} element
   * @param {Range} part
   */
  put(element, [from, to]) {
    element.style.left = `${(100 * from) / this.duration_s}%`;
    element.style.width = `${(100 * (to - from)) / this.duration_s}%`;
  }
}
