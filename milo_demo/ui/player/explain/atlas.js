/**
 * The map of what the networks know: what they learnt from, near each other where it is alike to them, and the clip as a
 * star that wanders with the playhead.
 *
 * @import { Plot } from '../lanes/figure.js'
 *
 * @typedef {object} Sheet
 *   the map of one sense
 * @property {string[]} colours            of each point
 * @property {string[]} titles             of each point
 * @property {[number, number][]} points   -1 to 1
 * @property {([number, number] | null)[]} places  of the clip, per step
 *
 * @typedef {Partial<Record<'heard' | 'seen', Sheet>>} Sheets
 */
const SENSES = /** @type {const} */ (['heard', 'seen']);
const HEIGHT_PX = 300;
const AXIS = { visible: false, range: [-1.1, 1.1], fixedrange: true };
const STAR = { symbol: 'star', size: 20, color: '#818cf8', line: { color: '#f8fafc', width: 1.5 } };

export class Atlas {
  /** @param {HTMLElement} container */
  constructor(container) {
    this.container = container;
    /** @type {Sheets} */
    this.sheets = {};
    /** @type {(keyof Sheets)[]} those that there are, in the order of the plot */
    this.order = [];
    this.drawn = false;
    this.step = -1;
  }

  /** @param {Sheets} sheets */
  show(sheets) {
    this.sheets = sheets;
    this.order = SENSES.filter((sense) => sheets[sense]);
    this.drawn = false;
    this.step = -1;
  }

  /** Whether there is anything to draw, and what draws it. */
  get there() {
    return this.order.length > 0 && Boolean(window.Plotly);
  }

  draw() {
    const { order, sheets } = this;
    const layout = {
      height: HEIGHT_PX, margin: { l: 0, r: 0, t: 22, b: 0 }, showlegend: false, hovermode: 'closest', dragmode: false,
      paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', grid: { rows: 1, columns: order.length, pattern: 'independent' },
      annotations: order.map((sense, place) => ({
        text: sense === 'heard' ? 'by ear' : 'by eye', showarrow: false, xref: 'paper', yref: 'paper', yanchor: 'bottom',
        x: (place + 0.5) / order.length, y: 1, font: { size: 12 },
      })),
    };
    const traces = order.flatMap((sense, place) => {
      const { points, colours, titles } = /** @type {Sheet} */ (sheets[sense]);
      const number = place ? place + 1 : '';
      const axes = { xaxis: `x${number}`, yaxis: `y${number}` };
      Object.assign(layout, { [`xaxis${number}`]: AXIS, [`yaxis${number}`]: AXIS });
      return [
        {
          type: 'scatter', mode: 'markers', x: points.map(([x]) => x), y: points.map(([, y]) => y), text: titles,
          hovertemplate: '%{text}<extra></extra>', marker: { color: colours, size: 7, opacity: 0.85 }, ...axes,
        },
        { type: 'scatter', mode: 'markers', x: [null], y: [null], text: ['this clip, now'], hovertemplate: '%{text}<extra></extra>', marker: STAR, ...axes },
      ];
    });
    /** @type {any} */ (window.Plotly).newPlot(this.container, traces, layout, { displayModeBar: false, responsive: true });
    this.drawn = true;
  }

  /** @param {number} step  of the clip's grid */
  moveTo(step) {
    if (!this.there) return;
    if (!this.drawn) this.draw();
    const now = Math.floor(step);
    if (now === this.step) return;
    this.step = now;
    const places = this.order.map((sense) => {
      const { places: all } = /** @type {Sheet} */ (this.sheets[sense]);
      return all[Math.min(now, all.length - 1)] ?? [null, null];
    });
    window.Plotly.restyle(
      /** @type {Plot} */ (/** @type {unknown} */ (this.container)),
      { x: places.map(([x]) => [x]), y: places.map(([, y]) => [y]) },
      places.map((_, place) => 2 * place + 1),
    );
  }
}
