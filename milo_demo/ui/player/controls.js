/**
 * What the viewer plays with: buttons and sliders, the chips that switch instruments off, keys.
 *
 * @import { Clip, Label } from './clip.js'
 * @import { Player } from './player.js'
 */
import { part } from './page.js';

const SEEK_S = 1;
const FRAME_S = 1 / 25;
const CLOSER = 0.5;

export class Controls {
  /**
   * @param {HTMLElement} root
   * @param {Player} player  what they control
   */
  constructor(root, player) {
    this.root = root;
    this.player = player;
    this.video = player.video;
    this.stage = part(root, '.milo-stage', HTMLElement);
    this.seekBar = part(root, '.milo-seek', HTMLInputElement);
    this.time = part(root, '.milo-time', HTMLElement);
    this.speed = part(root, '[data-do=speed]', HTMLSelectElement);
    this.chips = part(root, '.milo-chips', HTMLElement);
    this.boxes = part(root, '[data-layer=boxes]', HTMLInputElement);
    this.maps = part(root, '[data-layer=maps]', HTMLInputElement);
    /** @type {Set<string>} names of instruments that the viewer has switched off */
    this.hidden = new Set();
    this.listen();
  }

  /** Which layers are to be drawn. */
  get layers() {
    return { boxes: this.boxes.checked, maps: this.maps.checked };
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
    const { root, video, player, seekBar, speed } = this;
    /** @type {(name: string, act: () => void) => void} */
    const on = (name, act) => this.button(name).addEventListener('click', act);
    on('play', () => player.toggle());
    on('full', () => this.toggleFull());
    on('loop', () => {
      video.loop = !video.loop;
      setPressed(this.button('loop'), video.loop);
    });
    on('mute', () => { video.muted = !video.muted; });
    on('around', () => player.lookAround(!player.sphere));
    on('closer', () => player.zoomBy(CLOSER));
    on('farther', () => player.zoomBy(1 / CLOSER));
    seekBar.addEventListener('input', () => player.seek(Number(seekBar.value)));
    speed.addEventListener('change', () => { video.playbackRate = Number(speed.value); });
    for (const layer of [this.boxes, this.maps]) layer.addEventListener('change', () => player.redraw());
    const threshold = part(root, '[data-do=threshold]', HTMLInputElement);
    threshold.addEventListener('input', () => {
      part(root, '.milo-threshold output', HTMLElement).textContent = `${threshold.value} %`;
      player.setThreshold(Number(threshold.value) / 100);
    });

    this.stage.addEventListener('keydown', (event) => this.press(event));
    video.addEventListener('loadedmetadata', () => { video.playbackRate = Number(speed.value); });
    for (const event of ['play', 'pause', 'ended']) video.addEventListener(event, () => this.showPlaying());
    video.addEventListener('volumechange', () => setPressed(this.button('mute'), video.muted));
    document.addEventListener('fullscreenchange', () => this.showFull(document.fullscreenElement !== null));
  }

  /**
   * Begin anew with a clip, or with none.
   *
   * @param {Clip | null} clip
   */
  load(clip) {
    this.hidden.clear();
    this.seekBar.value = '0';
    this.seekBar.max = String(clip?.duration_s ?? 1);
    for (const control of this.root.querySelectorAll('.milo-controls > *')) {
      control.toggleAttribute('disabled', !clip);
    }
  }

  /**
   * One button per instrument: pressed ones are drawn.
   *
   * @param {Label[]} labels
   */
  showChips(labels) {
    this.chips.replaceChildren(...labels.map((label) => {
      const chip = document.createElement('button');
      chip.type = 'button';
      chip.className = 'milo-chip';
      chip.style.setProperty('--hue', label.colour);
      setPressed(chip, !this.hidden.has(label.name));
      chip.innerHTML = '<b aria-hidden="true"></b> <span></span>';
      part(chip, 'b', HTMLElement).textContent = label.sign;
      part(chip, 'span', HTMLElement).textContent = label.title;
      if (label.by_ear) chip.insertAdjacentHTML('beforeend', ' <small>by ear only</small>');
      chip.addEventListener('click', () => {
        if (!this.hidden.delete(label.name)) this.hidden.add(label.name);
        setPressed(chip, !this.hidden.has(label.name));
        this.player.redraw();
      });
      return chip;
    }));
  }

  /**
   * @param {number} time_s
   * @param {number} duration_s
   */
  showTime(time_s, duration_s) {
    this.seekBar.value = String(time_s);
    this.seekBar.setAttribute('aria-valuetext', clock(time_s));
    this.time.textContent = `${clock(time_s)} / ${clock(duration_s)}`;
  }

  showPlaying() {
    const playing = !this.video.paused && !this.video.ended;
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
   * A key was pressed in the player or on a timeline.
   *
   * @param {KeyboardEvent} event
   */
  press(event) {
    const { video, player } = this;
    const target = /** @type {Element} */ (event.target);
    if (target.matches('input, select') || event.altKey || event.ctrlKey || event.metaKey) return;
    const now = video.currentTime;
    /** @type {Record<string, () => void>} */
    const acts = {
      k: () => player.toggle(),
      ArrowLeft: () => player.seek(now - SEEK_S),
      ArrowRight: () => player.seek(now + SEEK_S),
      ',': () => player.seek(now - FRAME_S),
      '.': () => player.seek(now + FRAME_S),
      Home: () => player.seek(0),
      End: () => player.seek(Infinity),
      '+': () => player.zoomBy(CLOSER),
      '=': () => player.zoomBy(CLOSER), // the same key, without shift
      '-': () => player.zoomBy(1 / CLOSER),
      0: () => player.zoom(null),
      m: () => { video.muted = !video.muted; },
      f: () => this.toggleFull(),
      ...(target.matches('button') ? {} : { ' ': () => player.toggle() }), // space presses a button
      ...(player.sphere ? player.looking.acts(event) : {}),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} pressed
 */
function setPressed(button, pressed) {
  button.setAttribute('aria-pressed', String(pressed));
}

/**
 * Seconds as people write them: 1:07.4.
 *
 * @param {number} time_s
 */
function clock(time_s) {
  const tenths = Math.round(time_s * 10);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  return `${Math.floor(tenths / 600)}:${seconds}`;
}
