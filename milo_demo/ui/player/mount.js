/**
 * Gradio's ways in: each of these is called once, when the HTML of its component stands in the page. Together they make
 * the player.
 *
 * @import { Chosen, Clip, NoClip } from './clip.js'
 * @import { Told } from './explain/explain.js'
 *
 * @typedef {(event: string) => void} Trigger   lets an event of the component happen, which Python listens to
 * @typedef {(name: string, changed: () => void) => void} Watch
 */
import { embed, isEmbedded } from './embed.js';
import { Explain } from './explain/explain.js';
import { part } from './page.js';
import { Player } from './player.js';
import { Recording } from './recording/recording.js';

/** @type {(arrived: { element: HTMLElement, trigger: Trigger }) => void} */
let giveLayers;
/** @type {Promise<{ element: HTMLElement, trigger: Trigger }>} */
const layers = new Promise((resolve) => { giveLayers = resolve; });

for (const [event, by] of [['pointerdown', 'pointer'], ['keydown', 'keys']]) {
  document.addEventListener(event, () => { document.documentElement.dataset.by = by; }, true);
}

/** @type {(player: Player) => void} */
let givePlayer;
/** @type {Promise<Player>} */
const made = new Promise((resolve) => { givePlayer = resolve; });

/**
 * The picture and what is played with.
 *
 * @param {HTMLElement} element
 * @param {{ value: Clip | Chosen | NoClip }} props
 * @param {Watch} watch
 */
export async function mount(element, props, watch) {
  const below = await layers;
  const player = new Player(part(element, '.milo-player', HTMLElement), below.element, () => below.trigger('apply'));
  new Recording(player);
  if (isEmbedded) embed(player);
  givePlayer(player);
  player.show(props.value);
  watch('value', () => player.show(props.value));
  player.root.dataset.mounted = '';
}

/**
 * The controls under the lanes.
 *
 * @param {HTMLElement} element
 * @param {Trigger} trigger
 */
export function mountLayers(element, trigger) {
  giveLayers({ element, trigger });
}

/**
 * How MILO comes to what it says.
 *
 * @param {HTMLElement} element
 * @param {{ value: Told }} props
 * @param {Watch} watch
 * @param {Trigger} trigger
 */
export async function mountExplain(element, props, watch, trigger) {
  const player = await made;
  const explain = new Explain(element, player, () => trigger('expand'));
  player.followers.push(explain);
  explain.show(props.value);
  watch('value', () => explain.show(props.value));
}
