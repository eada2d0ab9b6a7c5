/**
 * How MILO comes to what it says: for each stage a picture, of the playhead's moment.
 *
 * What the senses say is in the clip already; the spectrogram is made by Python when somebody first wants to see it
 * (`spectrogram` in milo_demo/saved/explaining.py).
 *
 * @import { Clip, Label } from '../clip.js'
 * @import { Maps } from '../overlay/heat.js'
 * @import { Player } from '../player.js'
 * @import { Sheets } from './atlas.js'
 * @import { Spectrogram } from './spectrogram.js'
 *
 * @typedef {object} Told
 *   what Python says about it
 * @property {string} [ready]           a result can be explained: its name, another one whenever it changes
 * @property {Spectrogram | null} [sound]  null: it has none
 * @property {string} [wrong]           a sentence
 * @property {Sheets} [atlas]           where the clip lies among what the networks know
 */
import { percent, words } from '../clip.js';
import { brush, part } from '../page.js';
import { Atlas } from './atlas.js';
import { drawShares, drawSpectrogram } from './spectrogram.js';
import { drawMap, productOf, scoresAt } from './maps.js';

const MOST_BARS = 6;
const MOST_MAPS = 4;

export class Explain {
  /**
   * @param {HTMLElement} root
   * @param {Player} player
   * @param {() => void} ask  lets Python make the spectrogram
   */
  constructor(root, player, ask) {
    this.player = player;
    this.ask = ask;
    this.details = part(root, '.milo-explain', HTMLDetailsElement);
    this.says = part(root, '.milo-hint', HTMLElement);
    this.stages = part(root, '.milo-stages', HTMLElement);
    this.atlas = new Atlas(part(this.stages, '.milo-atlas', HTMLElement));
    /** @type {Told} */
    this.told = {};
    this.asked = ''; // for which result
    /** @type {Uint8Array | null} */
    this.layers = null;
    this.details.addEventListener('toggle', () => this.want());
  }

  /**
   * The figure of a stage.
   *
   * @param {string} stage
   */
  figure(stage) {
    return part(this.stages, `[data-stage=${stage}]`, HTMLElement);
  }

  /** @param {string} stage */
  canvas(stage) {
    return part(this.figure(stage), 'canvas', HTMLCanvasElement);
  }

  /** @param {Told} told */
  async show(told) {
    this.told = told;
    if (!told.ready) this.asked = ''; // the same result may come back
    this.layers = null;
    this.stages.hidden = true;
    this.atlas.show(told.atlas ?? {});
    this.want();
    if (!told.sound) {
      this.appear(told.sound === null);
      return;
    }
    const response = await fetch(new URL(told.sound.url, document.baseURI));
    const layers = new Uint8Array(await response.arrayBuffer());
    if (this.told !== told) return; // there is another result by now
    this.layers = response.ok ? layers : null;
    this.appear(true);
  }

  /** Ask for what is not there yet, if somebody looks. */
  want() {
    const { details, told: { ready, sound, wrong } } = this;
    this.says.textContent = wrong ?? (ready ? '' : 'Once a clip is analysed, this shows stage by stage how.');
    if (!details.open || !ready) return;
    if (sound === undefined && this.asked !== ready && !wrong) {
      this.asked = ready;
      this.says.textContent = 'Drawing the spectrogram …';
      this.ask();
    }
    this.player.redraw();
  }

  /** @param {boolean} there */
  appear(there) {
    const { clip } = this.player;
    this.stages.hidden = !there || !clip;
    this.figure('mel').hidden = !this.layers;
    this.figure('shares').hidden = !this.layers || !this.told.sound?.tracks.length;
    this.figure('known').hidden = !this.atlas.there;
    this.figure('heard').hidden = !clip?.heard.length;
    this.figure('seen').hidden = !clip?.maps.seen;
    this.figure('movement').hidden = !clip?.maps.movement;
    this.figure('played').hidden = !clip?.maps.played || !clip.played.length;
    this.figure('both').hidden = !clip?.maps.seen || !clip.heard.length;
    this.player.redraw();
  }

  /** @param {number} time_s */
  moveTo(time_s) {
    const { details, layers, stages, told: { sound }, player: { clip, overlay } } = this;
    if (!details.open || stages.hidden || !clip) return;
    if (sound && layers) {
      drawSpectrogram(this.canvas('mel'), sound, layers, time_s);
      if (sound.tracks.length) drawShares(this.canvas('shares'), sound, layers, time_s);
    }
    const step = time_s * clip.steps_per_s;
    const [heard, seen, played] = [clip.heard, clip.seen, clip.played].map((scores) => scoresAt(scores, step));
    this.showBars(clip.labels, heard);
    this.atlas.moveTo(step);
    const [seenAt, playedAt, movesAt] = ['seen', 'played', 'movement'].map((layer) => overlay.heat.maps.get(layer));
    if (seenAt) this.showMaps('seen', clip, seenAt, step, seen);
    if (movesAt) drawMap(this.canvas('movement'), clip, movesAt, productOf(movesAt, step, [[0, 1]]), movesAt.file.colour ?? '');
    if (playedAt && played.length) {
      this.showMaps('played', clip, playedAt, step, played);
      const hands = overlay.moments?.hands[Math.floor(step)]?.length ?? 0;
      this.say('played', `Hands found now: ${hands}.`);
    }
    if (seenAt && heard.length) this.showProduct(clip, seenAt, step, heard, seen);
  }

  /**
   * @param {Label[]} labels
   * @param {number[]} scores
   */
  showBars(labels, scores) {
    const best = ranked(scores).slice(0, MOST_BARS);
    part(this.figure('heard'), 'ol', HTMLElement).replaceChildren(...best.map((index) => {
      const row = document.createElement('li');
      row.style.setProperty('--hue', labels[index].colour);
      row.innerHTML = '<span></span><span><i></i></span><span></span>';
      const [name, bar, number] = /** @type {HTMLElement[]} */ ([...row.children]);
      name.textContent = labels[index].title;
      /** @type {HTMLElement} */ (bar.firstChild).style.width = `${100 * scores[index]}%`;
      number.textContent = percent(scores[index]);
      return row;
    }));
  }

  /**
   * The maps of the instruments that are surest at the moment.
   *
   * @param {string} stage
   * @param {Clip} clip
   * @param {Maps} maps
   * @param {number} step
   * @param {number[]} scores  how sure each label is, 0-1
   */
  showMaps(stage, clip, maps, step, scores) {
    const best = ranked(scores.slice(0, maps.file.labels)).slice(0, MOST_MAPS);
    const container = part(this.figure(stage), '.milo-maps', HTMLElement);
    while (container.children.length > best.length) container.lastChild?.remove();
    best.forEach((index, place) => {
      const item = container.children[place] ?? container.appendChild(emptyMap());
      const { [index]: label } = clip.labels;
      drawMap(part(item, 'canvas', HTMLCanvasElement), clip, maps, productOf(maps, step, [[index, 1]]), label.colour);
      part(item, 'span', HTMLElement).textContent = words(label, scores[index]);
    });
  }

  /**
   * @param {Clip} clip
   * @param {Maps} maps       of where each instrument is seen
   * @param {number} step
   * @param {number[]} heard  how surely each label is, 0-1
   * @param {number[]} seen
   */
  showProduct(clip, maps, step, heard, seen) {
    const mapped = heard.slice(0, maps.file.labels);
    const product = productOf(maps, step, mapped.map((score, index) => [index, score]));
    drawMap(this.canvas('both'), clip, maps, product, '#f8fafc');
    const [first] = ranked(mapped.map((score, index) => score * seen[index]));
    const both = percent(heard[first] * seen[first]);
    this.say('both', `${clip.labels[first].title}: heard ${percent(heard[first])} × seen ${percent(seen[first])} = ${both}.`);
  }

  /**
   * @param {string} stage
   * @param {string} sentence  about the moment
   */
  say(stage, sentence) {
    part(this.figure(stage), 'figcaption span', HTMLElement).textContent = sentence;
  }
}

/** A place for a map and its name. */
function emptyMap() {
  const item = document.createElement('div');
  item.innerHTML = '<canvas aria-hidden="true"></canvas><span></span>';
  brush(part(item, 'canvas', HTMLCanvasElement));
  return item;
}

/**
 * The places of the scores, the highest first.
 *
 * @param {number[]} scores
 */
function ranked(scores) {
  return scores.map((_, index) => index).sort((one, other) => scores[other] - scores[one]);
}
