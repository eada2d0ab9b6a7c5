/**
 * The swim lanes: one for each instrument that is spoken of, in the order of the rows, with its name as a button that
 * lets it be seen and heard alone.
 *
 * Above them are those of families, where no name is sure, which stand for those of the instruments that they fold;
 * under them one of what is heard besides: speech, applause, an instrument that MILO was not taught.
 *
 * Python draws all lanes once, those that are not spoken of invisibly (`figure` in ui/timeline.py); who is, is decided
 * here, as the threshold moves.
 *
 * @import { Label } from '../clip.js'
 * @import { Event } from './events.js'
 * @import { Plot } from './figure.js'
 */
import { part, setPressed } from '../page.js';
import { Figure, areaOf, layer } from './figure.js';

const OTHERS = 'other sounds'; // as in ui/timeline.py
const NARROW_PX = 560; // under this width a lane bears the instrument's sign alone
const NAMES_PX = { narrow: 46, wide: 150 };
const EDGE = 0.55; // of a lane, above the first one's line and under the last one's

export class Lanes extends Figure {
  /** @type {Label[]} the clip's */
  labels = [];
  /** @type {string[]} names of the instruments that are to have a lane, top to bottom */
  wanted = [];
  /** @type {string[]} and of those of them that have one */
  order = [];
  /** @type {(Float32Array | undefined)[]} each curve as it came, in the lane of its label's place */
  curves = [];
  /** @type {string[]} names in the order of those places */
  places = [];
  /** @type {Map<string, string[]>} families that have a lane, and whom each folds */
  families = new Map();
  arranged = ''; // how the plot stands
  /** @type {Event[]} that are pointed out */
  events = [];
  names = layer('milo-chips');
  marks = layer('milo-events');

  /**
   * @param {HTMLElement} container
   * @param {string} label
   * @param {ConstructorParameters<typeof Figure>[2] & { solo: (name: string) => void }} player
   */
  constructor(container, label, player) {
    super(container, label, player);
    this.solo = player.solo;
    this.names.addEventListener('dblclick', (event) => event.stopPropagation()); // two clicks on a name are no zoom
    this.names.setAttribute('role', 'group');
    this.names.setAttribute('aria-label', 'Instruments to see and hear alone');
    new ResizeObserver(() => this.arrange(this.wanted)).observe(container);
  }

  /** @param {Plot} plot */
  found(plot) {
    plot.append(this.names, this.marks);
    this.curves = plot.data.map(({ y }) => numbers(y));
    this.places = [...new Set(plot.data.flatMap(({ meta }) => meta?.label ?? []))];
    this.families = new Map(plot.data.flatMap(({ meta }) => (meta?.label && meta.folds ? [[meta.label, meta.folds]] : [])));
    this.arranged = '';
    this.showBesides();
    super.found(plot);
    this.arrange(this.wanted);
  }

  /**
   * Make a button for each instrument.
   *
   * @param {Label[]} labels
   */
  showLabels(labels) {
    this.labels = labels;
    this.names.replaceChildren(...labels.map(({ name, title, sign, colour, ink, by_ear, by_hand }) => {
      const chip = document.createElement('button');
      chip.type = 'button';
      chip.className = 'milo-chip';
      chip.style.setProperty('--hue', colour);
      chip.style.setProperty('--ink', ink);
      chip.dataset.label = name;
      chip.innerHTML = '<b aria-hidden="true"></b><span></span>';
      part(chip, 'b', HTMLElement).textContent = sign;
      part(chip, 'span', HTMLElement).textContent = title;
      chip.title = by_ear ? `${title}, known by ear only` : title;
      if (by_ear) chip.insertAdjacentHTML('beforeend', '<small aria-hidden="true">♪</small><span class="milo-unseen"> by ear only</span>');
      if (by_hand) chip.insertAdjacentHTML('beforeend', '<small aria-hidden="true">✎</small><span class="milo-unseen"> named by hand</span>');
      chip.addEventListener('click', () => this.solo(name));
      return chip;
    }));
    this.showBesides();
    this.placed();
  }

  /** Name the lanes of what is no instrument of ours. */
  showBesides() {
    for (const chip of this.names.querySelectorAll('.milo-other')) chip.remove();
    this.names.append(...[...this.families.keys(), OTHERS].map((name) => {
      const chip = document.createElement('span');
      chip.className = 'milo-chip milo-other';
      chip.dataset.label = name;
      chip.innerHTML = '<b aria-hidden="true">♫</b><span></span>';
      part(chip, 'span', HTMLElement).textContent = name;
      return chip;
    }));
  }

  /** @param {Set<string>} solos  names of whom the viewer listens to alone */
  showSolos(solos) {
    for (const chip of this.names.querySelectorAll('button')) setPressed(chip, solos.has(`${chip.dataset.label}`));
  }

  /**
   * Show the lanes of these instruments in this order, and no others.
   *
   * @param {string[]} names
   */
  arrange(names) {
    this.wanted = names;
    // Of a new instrument, the figure may still come.
    const folded = new Set([...this.families.values()].flat());
    const all = [...this.families.keys(), ...names.filter((name) => !folded.has(name)), OTHERS];
    this.order = all.filter((name) => this.places.includes(name));
    const { plot, order, curves, places } = this;
    const { clientWidth: width } = this.container;
    const narrow = width < NARROW_PX;
    const arranged = JSON.stringify([order, width]);
    if (!plot?.layout.meta || !order.length || !width || arranged === this.arranged) {
      this.placed();
      return;
    }
    this.arranged = arranged;
    const { lane_px, least_px, axis_px } = plot.layout.meta;
    const lanes = plot.data.map(({ meta }) => order.indexOf(meta?.label ?? ''));
    const y = plot.data.map(({ meta }, index) => {
      const up = places.indexOf(meta?.label ?? '') - lanes[index];
      return lanes[index] < 0 ? curves[index] : curves[index]?.map((value) => value + up);
    });
    window.Plotly.update(plot, { y, visible: lanes.map((lane) => lane >= 0) }, {
      height: Math.max(lane_px * order.length, least_px) + axis_px,
      width, // a figure whose height is set no longer follows the room that it has
      'yaxis.range': [-(order.length - 1) - EDGE, EDGE],
      'margin.l': NAMES_PX[narrow ? 'narrow' : 'wide'],
    }, plot.data.map((_, index) => index));
  }

  /**
   * Point out these events and no others.
   *
   * @param {Event[]} events
   */
  showEvents(events) {
    this.events = events;
    this.marks.replaceChildren(...events.map(() => layer('milo-event')));
    this.placed();
  }

  placed() {
    super.placed();
    const area = this.plot && areaOf(this.plot);
    if (!this.plot || !area) return;
    const lane_px = area.height / (this.order.length - 1 + 2 * EDGE);
    this.names.classList.toggle('milo-narrow', this.container.clientWidth < NARROW_PX);
    this.names.style.width = `${area.left - 8}px`;
    for (const chip of this.names.querySelectorAll('.milo-chip')) {
      if (!(chip instanceof HTMLElement)) continue;
      const lane = this.order.indexOf(`${chip.dataset.label}`);
      chip.hidden = lane < 0;
      chip.style.top = `${area.top + (lane + EDGE) * lane_px}px`;
    }
    const { plot, events, labels } = this;
    events.forEach(({ label, kind, start_s, end_s }, index) => {
      const mark = /** @type {HTMLElement} */ (this.marks.children[index]);
      this.put(mark, plot, area, [start_s, end_s]);
      mark.style.height = `${lane_px / 2}px`;
      const lane = this.order.indexOf(labels[label].name) - (kind === 'heard' ? 0.5 : 0);
      mark.style.top = `${area.top + (lane + EDGE) * lane_px}px`;
    });
  }
}

/**
 * The numbers of a curve, which Plotly's Python side sends as bytes in base64.
 *
 * @param {any} y
 * @returns {Float32Array | undefined}
 */
function numbers(y) {
  if (!y?.bdata) return y && Float32Array.from(y);
  const bytes = Uint8Array.from(atob(y.bdata), (letter) => letter.charCodeAt(0));
  return y.dtype === 'f4' ? new Float32Array(bytes.buffer) : Float32Array.from(new Int8Array(bytes.buffer));
}
