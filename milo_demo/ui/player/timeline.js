/**
 * A Plotly figure on the clip's clock seen from the player: a playhead over it, a click that seeks, keys, a zoom that
 * stays and that all such figures share.
 *
 * Gradio builds the figure anew whenever Python sends one, so the plot is found again each time. The playhead is an
 * element of its own: moving it costs next to nothing, while redrawing the figure at every frame would not keep up.
 */
const PALE = 0.3;
const PER_CENT = 100;
const CLOSEST_S = 1; // no zoom shows less

export class Timeline {
  /**
   * container : element in which Gradio puts the plot
   * label     : what the plot shows, for those who cannot see it
   * player    : { seek(time_s), press(event), zoom(range) }; range is [from, to] in seconds, null for the whole clip
   */
  constructor(container, label, player) {
    this.container = container;
    this.label = label;
    this.player = player;
    this.plot = null;
    this.threshold = 0.5;
    this.frame = 0; // the browser's next one, if the threshold is to be redrawn at it
    this.time_s = 0;
    this.range = null; // the part of the clip that is shown
    this.playhead = document.createElement('div');
    this.playhead.className = 'milo-playhead';
    new MutationObserver(() => this.find()).observe(container, { childList: true, subtree: true });
    new ResizeObserver(() => this.moveTo(this.time_s)).observe(container);
    this.find();
  }

  find() {
    const plot = this.container.querySelector('.js-plotly-plot');
    if (plot === this.plot || (plot && !plot.on)) return;
    this.plot = plot;
    if (!plot) return;
    plot.append(this.playhead);
    plot.tabIndex = 0;
    plot.setAttribute('role', 'group');
    plot.setAttribute('aria-label', `${this.label}. Arrow keys move by a second; plus, minus and 0 zoom.`);
    plot.addEventListener('keydown', (event) => this.player.press(event));
    plot.on('plotly_click', (click) => this.player.seek(this.timeAt(click.event.clientX)));
    plot.on('plotly_afterplot', () => this.moveTo(this.time_s));
    plot.on('plotly_relayout', (change) => this.noteZoom(change));
    // A finger on the plot scrolls the page; dragging a zoom is for mice.
    if (window.matchMedia('(pointer: coarse)').matches) window.Plotly.relayout(plot, { dragmode: false });
    this.zoomTo(this.range);
    this.drawThreshold();
    this.moveTo(this.time_s);
  }

  /** Show [from, to] seconds, or null: the whole clip. */
  zoomTo(range) {
    this.range = range;
    if (!this.plot) return;
    const wanted = range ?? this.whole();
    if (differ(wanted, this.shown())) window.Plotly.relayout(this.plot, { 'xaxis.range': wanted });
  }

  /** The viewer has dragged a zoom, or undone it with a double click: let all figures follow. */
  noteZoom(change) {
    const dragged = 'xaxis.range[0]' in change ? [change['xaxis.range[0]'], change['xaxis.range[1]']] : null;
    const range = dragged ?? change['xaxis.range'] ?? (change['xaxis.autorange'] && this.whole());
    if (range) this.player.zoom(differ(range, this.whole()) ? range : null);
    this.moveTo(this.time_s);
  }

  /** The part shown when it becomes so many times as long, around the playhead; null where that is the whole clip. */
  zoomed(factor) {
    const [[from, to], [start, end]] = [this.shown(), this.whole()];
    const length = Math.max((to - from) * factor, CLOSEST_S);
    if (length >= end - start) return null;
    const first = Math.max(start, Math.min(this.time_s - length / 2, end - length));
    return [first, first + length];
  }

  /** Redraw for another threshold, at the browser's next frame: a slider that is dragged gives many. */
  setThreshold(threshold) {
    this.threshold = threshold;
    this.frame ||= requestAnimationFrame(() => this.drawThreshold());
  }

  /**
   * Draw what does not reach the threshold faintly: a curve as a whole, the strips of a heatmap step by step, whose
   * colours jump in the middle of their range.
   */
  drawThreshold() {
    this.frame = 0;
    if (!this.plot) return;
    const { plot: { data }, threshold } = this;
    const indices = (wanted) => data.flatMap((trace, index) => (wanted(trace) ? [index] : []));
    const curves = indices((trace) => trace.meta);
    const opacity = curves.map((index) => (data[index].meta.peak < threshold ? PALE : 1));
    if (curves.length) window.Plotly.restyle(this.plot, { opacity }, curves);
    const strips = indices((trace) => trace.type === 'heatmap');
    if (strips.length) window.Plotly.restyle(this.plot, { zmax: 2 * PER_CENT * threshold }, strips);
  }

  moveTo(time_s) {
    this.time_s = time_s;
    const area = this.area();
    if (!area) return;
    const [from, to] = this.shown();
    const share = (time_s - from) / (to - from);
    this.playhead.hidden = share < 0 || share > 1;
    this.playhead.style.height = `${area.height}px`;
    this.playhead.style.top = `${area.top}px`;
    this.playhead.style.transform = `translateX(${area.left + share * area.width}px)`;
  }

  timeAt(clientX) {
    const area = this.area();
    const [from, to] = this.shown();
    const share = (clientX - this.plot.getBoundingClientRect().left - area.left) / area.width;
    return from + share * (to - from);
  }

  shown() {
    return this.plot.layout.xaxis.range;
  }

  whole() {
    const { minallowed, maxallowed } = this.plot.layout.xaxis;
    return [minallowed, maxallowed];
  }

  /** The rectangle between the axes, in pixels from the plot's corner; null while there is none on screen. */
  area() {
    const drag = this.plot?.querySelector('.nsewdrag')?.getBoundingClientRect();
    if (!drag?.width) return null;
    const plot = this.plot.getBoundingClientRect();
    return { left: drag.left - plot.left, top: drag.top - plot.top, width: drag.width, height: drag.height };
  }
}

function differ(first, second) {
  return first.some((edge, i) => Math.abs(edge - second[i]) > 1e-6);
}
