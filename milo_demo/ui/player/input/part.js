/**
 * Which part of a clip is to be analysed: two handles on its waveform, which are the same as the two numbers above it.
 *
 * @import { Chosen } from '../clip.js'
 */
import { brush, part, written } from '../page.js';

const STEP_S = 1; // of an arrow key
const LEAST_S = 0.5; // shorter parts say nothing
const BAR = 0.7; // of the room for each of the waveform's bars

export class Part {
  /** @type {Chosen | null} */
  clip = null;
  from_s = 0;
  to_s = 0;

  /**
   * @param {HTMLElement} root
   * @param {(time_s: number) => void} seek
   */
  constructor(root, seek) {
    this.root = root;
    this.seek = seek;
    this.bar = part(root, '.milo-part-bar', HTMLElement);
    this.canvas = part(root, 'canvas', HTMLCanvasElement);
    this.range = part(root, '.milo-part-range', HTMLElement);
    this.head = part(root, '.milo-part-head', HTMLElement);
    this.edges = [0, 1].map((edge) => part(root, `[data-edge="${edge}"]`, HTMLElement));
    this.said = part(root, 'output', HTMLElement);
    this.edges.forEach((handle, edge) => {
      handle.addEventListener('keydown', (event) => this.press(event, edge));
    });
    this.bar.addEventListener('pointerdown', (event) => this.hold(event));
    part(root, '[data-do=all]', HTMLButtonElement).addEventListener('click', () => {
      if (this.clip) this.set(0, Math.min(this.clip.duration_s, this.clip.longest_s));
    });
    document.addEventListener('input', ({ target }) => {
      if (this.numbers().includes(/** @type {HTMLInputElement} */ (target))) this.read();
    });
    new ResizeObserver(() => this.draw()).observe(this.bar);
    new MutationObserver(() => this.draw()).observe(part(document, '#milo-named', HTMLElement), { childList: true, subtree: true });
  }

  /** The numbers on the page: where the part begins and how long it is, in seconds. */
  numbers() {
    return ['#milo-from', '#milo-for'].map((place) => part(document, `${place} input`, HTMLInputElement));
  }

  /** @param {Chosen | null} clip */
  show(clip) {
    this.clip = clip;
    this.root.hidden = !clip;
    if (!clip) return;
    [this.from_s, this.to_s] = clip.part;
    this.draw();
  }

  /** Take over what stands in the numbers. */
  read() {
    if (!this.clip) return;
    const [from, length] = this.numbers().map(({ value, valueAsNumber }) => (value ? valueAsNumber : NaN));
    this.from_s = Math.max(0, Math.min(from || 0, this.clip.duration_s));
    this.to_s = Math.min(this.from_s + (length || this.clip.usual_s), this.clip.duration_s);
    this.draw();
  }

  /**
   * @param {number} from_s
   * @param {number} to_s
   */
  set(from_s, to_s) {
    if (!this.clip) return;
    this.from_s = from_s;
    this.to_s = to_s;
    const values = [from_s, to_s - from_s].map((value) => String(Math.round(10 * value) / 10));
    this.numbers().forEach((number, index) => {
      number.value = values[index];
      number.dispatchEvent(new Event('input', { bubbles: true }));
    });
    this.draw();
  }

  /**
   * Bring one handle to a moment; it stops before the other, and where more than can be analysed would lie between.
   *
   * @param {number} edge
   * @param {number} time_s
   */
  move(edge, time_s) {
    if (!this.clip) return;
    const { duration_s, longest_s } = this.clip;
    const at = Math.round(10 * time_s) / 10;
    if (edge) this.set(this.from_s, Math.max(this.from_s + LEAST_S, Math.min(at, duration_s, this.from_s + longest_s)));
    else this.set(Math.max(0, this.to_s - longest_s, Math.min(at, this.to_s - LEAST_S)), this.to_s);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} edge
   */
  press(event, edge) {
    const now = edge ? this.to_s : this.from_s;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowLeft: now - STEP_S, ArrowDown: now - STEP_S, ArrowRight: now + STEP_S, ArrowUp: now + STEP_S,
      PageDown: now - 10 * STEP_S, PageUp: now + 10 * STEP_S, Home: 0, End: Infinity,
    };
    event.stopPropagation();
    if (!(event.key in goals)) return;
    event.preventDefault();
    this.move(edge, goals[event.key]);
  }

  /** @param {PointerEvent} down */
  hold(down) {
    if (!this.clip || down.button !== 0) return;
    const { left, width } = this.bar.getBoundingClientRect();
    const timeAt = (/** @type {PointerEvent} */ { clientX }) => (
      Math.max(0, Math.min((clientX - left) / width, 1)) * (this.clip?.duration_s ?? 0));
    const edge = this.edges.indexOf(/** @type {HTMLElement} */ (down.target));
    if (edge < 0) {
      this.seek(timeAt(down));
      return;
    }
    this.bar.setPointerCapture(down.pointerId);
    const move = (/** @type {PointerEvent} */ event) => this.move(edge, timeAt(event));
    const end = () => this.bar.removeEventListener('pointermove', move);
    this.bar.addEventListener('pointermove', move);
    for (const type of ['pointerup', 'pointercancel']) this.bar.addEventListener(type, end, { once: true });
  }

  draw() {
    const { clip, from_s, to_s } = this;
    if (!clip) return;
    const share = (/** @type {number} */ time_s) => `${(100 * time_s) / clip.duration_s}%`;
    this.range.style.left = share(from_s);
    this.range.style.width = share(to_s - from_s);
    this.edges.forEach((handle, edge) => {
      const time_s = edge ? to_s : from_s;
      handle.style.left = share(time_s);
      handle.setAttribute('aria-valuemax', String(Math.round(clip.duration_s)));
      handle.setAttribute('aria-valuenow', time_s.toFixed(1));
      handle.setAttribute('aria-valuetext', written(time_s));
    });
    const all = from_s === 0 && to_s >= clip.duration_s;
    const short = (/** @type {number} */ time_s) => written(time_s).split('.')[0];
    this.said.textContent = all
      ? `all of ${short(clip.duration_s)} will be analysed`
      : `${short(from_s)} to ${short(to_s)} of ${short(clip.duration_s)} will be analysed`;
    part(this.root, '[data-do=all]', HTMLButtonElement).hidden = all || to_s - from_s >= clip.longest_s;
    this.drawWave(outline());
  }

  /** @param {number[]} outline  0-100 */
  drawWave(outline) {
    const { canvas } = this;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * scale);
    canvas.height = Math.round(canvas.clientHeight * scale);
    const context = brush(canvas);
    context.fillStyle = getComputedStyle(canvas).color;
    const room = canvas.width / Math.max(outline.length, 1);
    outline.forEach((level, place) => {
      const height = Math.max(scale, (level / 100) * canvas.height);
      context.fillRect(place * room, (canvas.height - height) / 2, Math.max(1, room * BAR), height);
    });
  }

  /** @param {number} time_s */
  moveTo(time_s) {
    if (this.clip) this.head.style.left = `${(100 * time_s) / this.clip.duration_s}%`;
  }
}

/** How loud the file is from beginning to end, 0-100, as the line with its name bears it; empty until it is known. */
function outline() {
  const line = /** @type {HTMLElement | null} */ (document.querySelector('#milo-named .milo-clip'));
  const levels = line?.dataset.outline;
  return levels ? levels.split(' ').map(Number) : [];
}
