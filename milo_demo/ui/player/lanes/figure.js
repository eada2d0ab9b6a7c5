/**
 * A Plotly figure on the clip's clock seen from the player: a playhead over it, a click or drag that seeks, keys, a zoom
 * that all such figures share.
 *
 * Gradio builds the figure anew whenever Python sends one, so the plot is found again each time. The playhead is an
 * element of its own: moving it costs next to nothing, while redrawing the figure at every frame would not keep up.
 *
 * @typedef {[from: number, to: number]} Range
 *   a part of the clip, in seconds
 *
 * @typedef {object} Trace
 * @property {string} type
 * @property {unknown} [y]
 * @property {{ label?: string, folds?: string[], peak?: number, light?: unknown, dark?: unknown }} [meta]
 *   whose lane it is in; the highest score of a curve, 0-1; the colours of strips, by the page's mood
 *
 * @typedef {object} Layout
 * @property {{ range: Range, minallowed: number, maxallowed: number }} xaxis
 * @property {{ lane_px: number, least_px: number, axis_px: number }} [meta]
 *   of lanes: how high each is, all of them at least, and what is under them
 *
 * @typedef {object} Figured
 *   what Plotly adds to the element it draws in, as far as it is used here
 * @property {(event: string, act: (happened: any) => void) => void} on
 * @property {Trace[]} data
 * @property {Layout} layout
 *
 * @typedef {HTMLElement & Figured} Plot
 *
 * @typedef {{ left: number, top: number, width: number, height: number }} Area
 *
 * @typedef {object} Plotly
 * @property {(plot: Plot, change: object) => void} relayout
 * @property {(plot: Plot, change: object, traces: number[]) => void} restyle
 * @property {(plot: Plot, change: object, layout: object, traces: number[]) => void} update
 */
import { mood, onMood } from '../page.js';

const PALE = 0.3;
const PER_CENT = 100;
const CLOSEST_S = 1; // no zoom shows less
const DRAG_PX = 4; // from here on a pointer that is held down is dragged

export class Figure {
  /**
   * @param {HTMLElement} container  in which Gradio puts the plot
   * @param {string} label           what the plot shows, for those who cannot see it
   * @param {object} player
   * @param {(time_s: number) => void} player.seek
   * @param {(event: KeyboardEvent) => void} player.press
   * @param {(range: Range | null) => void} player.zoom  null: the whole clip
   */
  constructor(container, label, player) {
    this.container = container;
    this.label = label;
    this.player = player;
    /** @type {Plot | null} */
    this.plot = null;
    this.threshold = 0.5;
    this.frame = 0; // the browser's next one, if the threshold is to be redrawn at it
    this.time_s = 0;
    /** @type {Range | null} the part of the clip that is shown; null: all of it */
    this.range = null;
    this.playhead = layer('milo-playhead');
    this.selection = layer('milo-selection');
    this.selection.hidden = true;
    new MutationObserver(() => this.find()).observe(container, { childList: true, subtree: true });
    new ResizeObserver(() => this.placed()).observe(container);
    onMood(() => this.drawMood());
    this.find();
  }

  find() {
    const plot = /** @type {Plot | null} */ (this.container.querySelector('.js-plotly-plot'));
    if (plot === this.plot || (plot && !plot.on)) return;
    this.plot = plot;
    if (plot) this.found(plot);
  }

  /** @param {Plot} plot  a new one */
  found(plot) {
    plot.append(this.selection, this.playhead);
    plot.tabIndex = 0;
    plot.setAttribute('role', 'group');
    plot.setAttribute('aria-label', `${this.label}. Arrow keys move by a second; plus, minus and 0 zoom.`);
    plot.addEventListener('keydown', (event) => this.player.press(event));
    plot.addEventListener('pointerdown', (event) => this.hold(plot, event));
    plot.addEventListener('dblclick', () => this.player.zoom(null));
    plot.on('plotly_afterplot', () => this.placed());
    this.zoomTo(this.range);
    this.drawThreshold();
    this.drawMood();
    this.placed();
  }

  /**
   * A pointer went down: where it is and goes, the player seeks, until it is let go. With shift, the part that it passes
   * over is chosen instead.
   *
   * @param {Plot} plot
   * @param {PointerEvent} down
   */
  hold(plot, down) {
    const area = areaOf(plot);
    if (!area || down.button !== 0 || !(/** @type {Element} */ (down.target)).matches('.nsewdrag')) return;
    down.preventDefault(); // Plotly does nothing but show what is under the pointer
    plot.focus({ preventScroll: true });
    plot.setPointerCapture(down.pointerId);
    const start_s = timeAt(plot, area, down.clientX);
    let dragged = false;
    const finger = down.pointerType === 'touch'; // which may be about to scroll the page
    if (!down.shiftKey && !finger) this.player.seek(start_s);
    const move = (/** @type {PointerEvent} */ event) => {
      dragged ||= Math.abs(event.clientX - down.clientX) >= DRAG_PX;
      if (!dragged) return;
      const now_s = timeAt(plot, area, event.clientX);
      if (down.shiftKey) this.showSelection(plot, area, [Math.min(start_s, now_s), Math.max(start_s, now_s)]);
      else this.player.seek(now_s);
    };
    const end = (/** @type {PointerEvent} */ event) => {
      plot.removeEventListener('pointermove', move);
      for (const type of ['pointerup', 'pointercancel']) plot.removeEventListener(type, /** @type {any} */ (end));
      this.selection.hidden = true;
      if (event.type === 'pointercancel') return;
      const now_s = timeAt(plot, area, event.clientX);
      if (down.shiftKey && dragged) this.player.zoom([Math.min(start_s, now_s), Math.max(start_s, now_s)]);
      else if (finger || down.shiftKey) this.player.seek(now_s);
    };
    plot.addEventListener('pointermove', move);
    for (const type of ['pointerup', 'pointercancel']) plot.addEventListener(type, /** @type {any} */ (end));
  }

  /**
   * @param {Plot} plot
   * @param {Area} area
   * @param {Range} range
   */
  showSelection(plot, area, range) {
    this.selection.hidden = false;
    this.put(this.selection, plot, area, range);
  }

  /**
   * Lay an element over a part of the clip.
   *
   * @param {HTMLElement} element
   * @param {Plot} plot
   * @param {Area} area
   * @param {Range} part
   */
  put(element, plot, area, part) {
    const [from, to] = shown(plot);
    const [first, last] = part.map((time_s) => Math.max(0, Math.min((time_s - from) / (to - from), 1)) * area.width);
    element.style.left = `${area.left + first}px`;
    element.style.width = `${last - first}px`;
    element.style.top = `${area.top}px`;
    element.style.height = `${area.height}px`;
  }

  /**
   * Show a part of the clip; null: all of it.
   *
   * @param {Range | null} range
   */
  zoomTo(range) {
    this.range = range;
    if (!this.plot) return;
    const wanted = range ?? whole(this.plot);
    if (differ(wanted, shown(this.plot))) window.Plotly.relayout(this.plot, { 'xaxis.range': wanted });
  }

  /**
   * The part shown when it becomes so many times as long, around the playhead; null where that is the whole clip.
   *
   * @param {number} factor
   * @param {number} time_s where the playhead is going to be: it may not have been drawn there yet
   * @returns {Range | null}
   */
  zoomed(factor, time_s) {
    if (!this.plot) return null;
    const [[from, to], [start, end]] = [shown(this.plot), whole(this.plot)];
    const length = Math.max((to - from) * factor, CLOSEST_S);
    if (length >= end - start) return null;
    const first = Math.max(start, Math.min(time_s - length / 2, end - length));
    return [first, first + length];
  }

  /**
   * Redraw for another threshold, at the browser's next frame: a slider that is dragged gives many.
   *
   * @param {number} threshold  0-1
   */
  setThreshold(threshold) {
    this.threshold = threshold;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.drawThreshold();
    });
  }

  /**
   * Draw what does not reach the threshold faintly: a curve as a whole, the strips of a heatmap step by step, whose
   * colours jump in the middle of their range.
   */
  drawThreshold() {
    if (!this.plot) return;
    const { plot: { data }, threshold } = this;
    const curves = data.flatMap(({ meta }, index) => (meta?.peak === undefined ? [] : [{ index, peak: meta.peak }]));
    const opacity = curves.map(({ peak }) => (peak < threshold ? PALE : 1));
    if (curves.length) window.Plotly.restyle(this.plot, { opacity }, curves.map(({ index }) => index));
    const strips = data.flatMap(({ type }, index) => (type === 'heatmap' ? [index] : []));
    if (strips.length) window.Plotly.restyle(this.plot, { zmax: 2 * PER_CENT * threshold }, strips);
  }

  /** Let strips have the colours of a light page, or of a dark one. */
  drawMood() {
    const found = this.plot?.data.flatMap(({ meta }, index) => (meta?.light ? [{ index, scale: meta[mood()] }] : [])) ?? [];
    if (!this.plot || !found.length) return;
    window.Plotly.restyle(this.plot, { colorscale: found.map(({ scale }) => scale) }, found.map(({ index }) => index));
  }

  /** The plot has been drawn anew, or has another size. */
  placed() {
    this.moveTo(this.time_s);
  }

  /** @param {number} time_s */
  moveTo(time_s) {
    this.time_s = time_s;
    const area = this.plot && areaOf(this.plot);
    if (!this.plot || !area) return;
    const [from, to] = shown(this.plot);
    const share = (time_s - from) / (to - from);
    this.playhead.hidden = share < 0 || share > 1;
    this.playhead.style.height = `${area.height}px`;
    this.playhead.style.top = `${area.top}px`;
    this.playhead.style.transform = `translateX(${area.left + share * area.width}px)`;
  }
}

/**
 * Something that lies over a plot.
 *
 * @param {string} name  its class
 */
export function layer(name) {
  const element = document.createElement('div');
  element.className = name;
  return element;
}

/** @param {Plot} plot */
function shown(plot) {
  return plot.layout.xaxis.range;
}

/**
 * @param {Plot} plot
 * @returns {Range}
 */
function whole(plot) {
  const { minallowed, maxallowed } = plot.layout.xaxis;
  return [minallowed, maxallowed];
}

/**
 * The rectangle between the axes, in pixels from the plot's corner; null while there is none on screen.
 *
 * @param {Plot} plot
 * @returns {Area | null}
 */
export function areaOf(plot) {
  const drag = plot.querySelector('.nsewdrag')?.getBoundingClientRect();
  if (!drag?.width) return null;
  const { left, top } = plot.getBoundingClientRect();
  return { left: drag.left - left, top: drag.top - top, width: drag.width, height: drag.height };
}

/**
 * The time at which something on the screen lies, in seconds.
 *
 * @param {Plot} plot
 * @param {Area} area
 * @param {number} clientX
 */
function timeAt(plot, area, clientX) {
  const [from, to] = shown(plot);
  const share = (clientX - plot.getBoundingClientRect().left - area.left) / area.width;
  return Math.max(from, Math.min(from + share * (to - from), to));
}

/**
 * @param {Range} first
 * @param {Range} second
 */
function differ(first, second) {
  return first.some((edge, i) => Math.abs(edge - second[i]) > 1e-6);
}
