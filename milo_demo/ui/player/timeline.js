/**
 * The Plotly timeline seen from the player: a playhead over it, a click that seeks, a zoom that stays.
 *
 * Gradio builds the figure anew whenever Python sends one, so the plot is found again each time. The playhead is an
 * element of its own: moving it costs next to nothing, while redrawing the figure at every frame would not keep up.
 */
const PALE = 0.3;

export class Timeline {
  constructor(container, seek) {
    this.container = container;
    this.seek = seek;
    this.plot = null;
    this.threshold = 0.5;
    this.time_s = 0;
    this.zoom = null; // the part of the clip that the viewer has zoomed to, [from, to] in seconds
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
    plot.setAttribute('role', 'img');
    plot.setAttribute('aria-label', 'Timeline: for every instrument, what is heard above its line, what is seen below');
    plot.on('plotly_click', (click) => this.seek(this.timeAt(click.event.clientX)));
    plot.on('plotly_afterplot', () => this.moveTo(this.time_s));
    plot.on('plotly_relayout', (change) => this.keepZoom(change));
    // A finger on the plot scrolls the page; dragging a zoom is for mice.
    const layout = window.matchMedia('(pointer: coarse)').matches ? { dragmode: false } : {};
    if (this.zoom) layout['xaxis.range'] = this.zoom;
    window.Plotly.relayout(plot, layout);
    this.setThreshold(this.threshold);
    this.moveTo(this.time_s);
  }

  /** Forget the last clip's zoom. */
  reset() {
    this.zoom = null;
  }

  /** Remember the zoom: the next figure of the same clip takes it over. */
  keepZoom(change) {
    if ('xaxis.range[0]' in change) this.zoom = [change['xaxis.range[0]'], change['xaxis.range[1]']];
    if (change['xaxis.autorange']) this.zoom = null;
    this.moveTo(this.time_s);
  }

  /** Pale the curves that never reach the threshold. */
  setThreshold(threshold) {
    this.threshold = threshold;
    if (!this.plot) return;
    const curves = this.plot.data.flatMap((trace, index) => (trace.meta ? [index] : []));
    const opacity = curves.map((index) => (this.plot.data[index].meta.peak < threshold ? PALE : 1));
    if (curves.length) window.Plotly.restyle(this.plot, { opacity }, curves);
  }

  moveTo(time_s) {
    this.time_s = time_s;
    const area = this.area();
    if (!area) return;
    const [from, to] = this.plot.layout.xaxis.range;
    const share = (time_s - from) / (to - from);
    this.playhead.hidden = share < 0 || share > 1;
    this.playhead.style.height = `${area.height}px`;
    this.playhead.style.top = `${area.top}px`;
    this.playhead.style.transform = `translateX(${area.left + share * area.width}px)`;
  }

  timeAt(clientX) {
    const area = this.area();
    const [from, to] = this.plot.layout.xaxis.range;
    const share = (clientX - this.plot.getBoundingClientRect().left - area.left) / area.width;
    return from + share * (to - from);
  }

  /** The rectangle between the axes, in pixels from the plot's corner; null while there is none on screen. */
  area() {
    const drag = this.plot?.querySelector('.nsewdrag')?.getBoundingClientRect();
    if (!drag?.width) return null;
    const plot = this.plot.getBoundingClientRect();
    return { left: drag.left - plot.left, top: drag.top - plot.top, width: drag.width, height: drag.height };
  }
}
