/**
 * The state of the player in the page's address after `#`, so that a moment of a result can be handed out as a link:
 * which result, the moment, the part that is shown and whether it is looped, what is drawn and from which score on, who
 * is heard alone and who is muted. What stands at its usual value is left out.
 *
 * @import { Clip } from './clip.js'
 * @import { Range } from './lanes/figure.js'
 * @import { Player } from './player.js'
 */
import { setPressed } from './page.js';

const SETTLED_MS = 300; // a change is written once no other has followed it for so long
const USUAL = { threshold: '50', layers: 'boxes seen played' };

export class Address {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.waiting = 0; // timer
    /** @type {URLSearchParams | null} what is to be restored when a clip comes */
    this.wanted = window.location.hash ? new URLSearchParams(window.location.hash.slice(1)) : null;
    window.addEventListener('hashchange', () => window.location.reload()); // somebody has typed another one
    for (const event of ['seeked', 'pause']) player.clock.addEventListener(event, () => this.note());
  }

  /** Something has changed that the address tells. */
  note() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.write(), SETTLED_MS);
  }

  /** Tell of no result any more. */
  forget() {
    this.wanted = null;
    clearTimeout(this.waiting);
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  }

  write() {
    const { clip } = this.player;
    if (!clip) return;
    const told = new URLSearchParams({ result: nameOf(clip), ...this.state() });
    window.history.replaceState(window.history.state, '', `#${told}`);
  }

  /** @returns {Record<string, string>} */
  state() {
    const { clock, layers, mixer: { mix } } = this.player;
    /** @type {Record<string, string>} */
    const all = {
      t: clock.time_s ? short(clock.time_s) : '',
      part: clock.part ? clock.part.map(short).join(' ') : '',
      loop: clock.loop ? '1' : '',
      layers: layers.names.join(' ') || 'none',
      threshold: layers.threshold.value,
      solo: [...mix.solos].join(' '),
      mute: [...mix.mutes].join(' '),
      cut: [...mix.cuts].flatMap(([name, parts]) => parts.map((part) => [name, ...part.map(short)].join(' '))).join(','),
    };
    return Object.fromEntries(Object.entries(all).filter(([name, value]) => (
      value && value !== USUAL[/** @type {keyof typeof USUAL} */ (name)])));
  }

  /** Bring the player to what the address told when the page was opened, once. */
  restore() {
    const { player, player: { clip, clock, controls, layers, mixer }, wanted } = this;
    this.wanted = null;
    if (!wanted || !clip || kindOf(wanted.get('result') ?? '') !== kindOf(nameOf(clip))) return;
    const names = (/** @type {string} */ key) => (wanted.get(key) ?? '').split(' ').filter(Boolean);
    const drawn = wanted.has('layers') ? names('layers') : USUAL.layers.split(' ');
    layers.draw(layers.all.filter(({ dataset }) => drawn.includes(`${dataset.layer}`)));
    layers.setThreshold(Number(wanted.get('threshold') ?? USUAL.threshold));
    for (const name of names('solo')) mixer.mix.solos.add(name);
    for (const name of names('mute')) mixer.mix.mutes.add(name);
    for (const cut of (wanted.get('cut') ?? '').split(',').filter(Boolean)) {
      const [name, from, to] = cut.split(' ');
      if (Number(from) >= 0 && Number(to) > Number(from)) mixer.mix.cut(name, [Number(from), Number(to)]);
    }
    mixer.changed();
    const [from, to] = names('part').map(Number);
    if (from >= 0 && to > from) player.zoom(/** @type {Range} */ ([from, to]));
    clock.setLoop(wanted.get('loop') === '1');
    setPressed(controls.button('loop'), clock.loop);
    const time_s = Number(wanted.get('t') ?? 0);
    if (time_s > 0) player.seek(time_s);
  }
}

/**
 * Seconds, as exact as anybody hears.
 *
 * @param {number} time_s
 */
function short(time_s) {
  return time_s.toFixed(2);
}

/**
 * The result's name: that of its folder.
 *
 * @param {Clip} clip
 */
function nameOf({ video }) {
  return decodeURIComponent(video.split('/').at(-2) ?? '');
}

/**
 * What a result is called after: every visitor gets one with a name of its own (`opened` in ui/results.py).
 *
 * @param {string} name
 */
function kindOf(name) {
  return name.replace(/-[0-9a-f]{24}$/, '');
}
