/**
 * What the viewer plays with: buttons, the bar to seek on, keys.
 *
 * @import { Chosen, Clip } from './clip.js'
 * @import { Player } from './player.js'
 */
import { savePicture } from './overlay/picture.js';
import { part, setPressed, written } from './page.js';

const SEEK_S = 1;
const FRAME_S = 1 / 25;
const INPUTS_OWN = /^( |Arrow.*|Home|End|Page.*)$/; // keys that sliders and boxes to tick have a use for themselves

export class Controls {
  /**
   * @param {HTMLElement} root
   * @param {Player} player  what they control
   */
  constructor(root, player) {
    this.root = root;
    this.player = player;
    this.clock = player.clock;
    this.stage = part(root, '.milo-stage', HTMLElement);
    this.seekBar = part(root, '.milo-seek', HTMLInputElement);
    this.time = part(root, '.milo-time', HTMLElement);
    this.speed = part(root, '[data-do=speed]', HTMLSelectElement);
    this.keys = part(root, '.milo-keys', HTMLDialogElement);
    this.listen();
  }

  /**
   * The button with this `data-do`.
   *
   * @param {string} name
   */
  button(name) {
    return part(this.root, `[data-do=${name}]`, HTMLButtonElement);
  }

  listen() {
    const { clock, player, seekBar, speed } = this;
    /** @type {(name: string, act: () => void) => void} */
    const on = (name, act) => this.button(name).addEventListener('click', act);
    on('play', () => player.toggle());
    on('full', () => this.toggleFull());
    on('picture', () => savePicture(player));
    on('loop', () => this.toggleLoop());
    on('mute', () => this.toggleMute());
    on('around', () => player.around.look(!player.around.sphere));
    seekBar.addEventListener('input', () => player.seek(Number(seekBar.value)));
    speed.addEventListener('change', () => clock.setRate(Number(speed.value)));
    this.stage.addEventListener('keydown', (event) => this.press(event));
    for (const event of ['play', 'pause', 'ended', 'led']) clock.addEventListener(event, () => this.showPlaying());
    document.addEventListener('fullscreenchange', () => this.showFull(document.fullscreenElement !== null));
  }

  /**
   * Begin anew with a clip, or with none.
   *
   * @param {Clip | Chosen | null} clip
   */
  load(clip) {
    this.seekBar.value = '0';
    this.seekBar.max = String(clip?.duration_s ?? 1);
    for (const control of this.root.querySelectorAll('.milo-controls > *')) {
      control.toggleAttribute('disabled', !clip);
    }
  }

  toggleMute() {
    this.clock.setMuted(!this.clock.muted);
    setPressed(this.button('mute'), this.clock.muted);
  }

  toggleLoop() {
    this.clock.setLoop(!this.clock.loop);
    setPressed(this.button('loop'), this.clock.loop);
    this.player.changed();
  }

  /**
   * @param {number} time_s
   * @param {number} duration_s
   */
  showTime(time_s, duration_s) {
    this.seekBar.value = String(time_s);
    this.seekBar.setAttribute('aria-valuetext', written(time_s));
    this.time.textContent = `${written(time_s)} / ${written(duration_s)}`;
  }

  showPlaying() {
    const { playing } = this.clock;
    this.root.classList.toggle('milo-playing', playing);
    this.button('play').setAttribute('aria-label', playing ? 'Pause' : 'Play');
  }

  /**
   * Whether a 360° clip is shown all round.
   *
   * @param {boolean} around
   * @param {boolean} impossible
   */
  showAround(around, impossible) {
    setPressed(this.button('around'), around);
    this.button('around').disabled = impossible;
  }

  /** Full screen of picture, overlay and controls together; where the browser has none, the whole window. */
  toggleFull() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.stage.requestFullscreen) this.stage.requestFullscreen();
    else this.showFull(this.stage.classList.toggle('milo-full'));
  }

  /** @param {boolean} full */
  showFull(full) {
    setPressed(this.button('full'), full);
    this.player.redraw();
  }

  /**
   * A key was pressed in the player, on a timeline or in the mixer.
   *
   * @param {KeyboardEvent} event
   */
  press(event) {
    const { player } = this;
    const target = /** @type {Element} */ (event.target);
    if (target.matches('select') || event.altKey || event.ctrlKey || event.metaKey) return;
    if (target.matches('input') && INPUTS_OWN.test(event.key)) return;
    const now = this.clock.time_s;
    /** @type {Record<string, () => void>} */
    const acts = {
      k: () => player.toggle(),
      ArrowLeft: () => player.seek(now - SEEK_S),
      ArrowRight: () => player.seek(now + SEEK_S),
      ',': () => player.seek(now - FRAME_S),
      '.': () => player.seek(now + FRAME_S),
      Home: () => player.seek(0),
      End: () => player.seek(Infinity),
      m: () => this.toggleMute(),
      l: () => this.toggleLoop(),
      f: () => this.toggleFull(),
      '?': () => this.keys.showModal(),
      ...player.layers.acts(),
      ...player.mixer.acts(event),
      ...(target.matches('button') ? {} : { ' ': () => player.toggle() }), // space presses a button
      ...(player.around.sphere ? player.looking.acts(event) : {}),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}
