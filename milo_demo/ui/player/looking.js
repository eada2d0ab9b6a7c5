/**
 * Which way the viewer of a 360° clip looks: dragged, zoomed, turned by keys or by the arrows at the rim that point to
 * what is out of sight; a compass tells where that is.
 *
 * Angles are radians, to the right and up of the middle of the frame, which is the front.
 */
const FARTHEST = 1.92; // angle of view along the screen's longer side: 110°
const CLOSEST = 0.5;
const USUAL = 1.66; // 95°
const KEY_STEP = Math.PI / 12;
const ZOOM_STEP = 1.2;
const WHEEL = 0.0015; // zoom per pixel of the wheel
const STILL_PX = 5; // a pointer that moves less is a click
const TURN_MS = 500;
const ARROW_PX = 34; // between two arrows at the rim
const UPRIGHT = Math.PI / 2;
export const ALL_ROUND = 0.999; // a box as wide as this has no sides: it lies around a pole

export class Looking {
  /** player : { redraw(), shown() }: draw again; whether the clip is shown all round now */
  constructor(root, player) {
    this.screen = root.querySelector('.milo-screen');
    this.rim = root.querySelector('.milo-rim');
    this.compass = root.querySelector('.milo-compass');
    this.hint = root.querySelector('.milo-hint-drag');
    this.player = player;
    this.pointers = new Map(); // id -> where it was last
    this.dragged = false; // the click that follows a drag is none
    this.arrows = new Map(); // player in the picture -> button
    this.reset();
    this.listen();
    root.querySelector('[data-do=front]').addEventListener('click', () => this.turnTo(0, 0, USUAL));
  }

  reset() {
    [this.yaw, this.pitch, this.wide] = [0, 0, USUAL];
    this.turn = null; // { from, to, start_ms } while the view turns by itself
  }

  /** Distance of the eye from the screen, in its pixels. */
  get focal_px() {
    return Math.max(this.screen.clientWidth, this.screen.clientHeight) / 2 / Math.tan(this.wide / 2);
  }

  listen() {
    const { screen, pointers } = this;
    screen.addEventListener('pointerdown', (event) => {
      this.dragged = false;
      if (!this.player.shown() || event.button !== 0 || event.target.closest('button')) return;
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, from: [event.clientX, event.clientY] });
    });
    screen.addEventListener('pointermove', (event) => this.drag(event));
    for (const end of ['pointerup', 'pointercancel']) {
      screen.addEventListener(end, (event) => {
        pointers.delete(event.pointerId);
        screen.classList.remove('milo-dragged');
      });
    }
    screen.addEventListener('wheel', (event) => {
      if (!this.player.shown()) return;
      const before = this.wide;
      const lines_px = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const pinched = event.ctrlKey ? 6 : 1; // two fingers on a touch pad come as a wheel, in small steps
      this.zoomBy(Math.exp(event.deltaY * lines_px * pinched * WHEEL));
      if (this.wide !== before) event.preventDefault(); // at its end, the wheel scrolls the page
    }, { passive: false });
  }

  drag(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const { clientX: x, clientY: y } = event;
    if (!this.dragged) {
      if (Math.hypot(x - pointer.from[0], y - pointer.from[1]) < STILL_PX) return;
      this.dragged = true;
      this.screen.classList.add('milo-dragged');
      this.screen.setPointerCapture(event.pointerId);
    }
    const others = [...this.pointers.values()].filter((other) => other !== pointer);
    if (others.length) {
      const [{ x: otherX, y: otherY }] = others;
      this.zoomBy(Math.hypot(pointer.x - otherX, pointer.y - otherY) / Math.max(1, Math.hypot(x - otherX, y - otherY)));
    }
    const share = 1 / (1 + others.length); // of the way that two fingers move, each moves the view by half
    this.look(
      this.yaw - (share * (x - pointer.x)) / this.focal_px / Math.max(Math.cos(this.pitch), 0.25),
      this.pitch + (share * (y - pointer.y)) / this.focal_px,
    );
    Object.assign(pointer, { x, y });
  }

  /** What the keys do that look around; shift goes with the arrows, which alone move in time. */
  acts(event) {
    const step = (KEY_STEP * this.wide) / USUAL;
    const { yaw, pitch, wide } = this.turn?.to ?? this;
    const arrows = {
      ArrowLeft: () => this.turnTo(yaw - step, pitch),
      ArrowRight: () => this.turnTo(yaw + step, pitch),
      ArrowUp: () => this.turnTo(yaw, pitch + step),
      ArrowDown: () => this.turnTo(yaw, pitch - step),
    };
    return {
      ...(event.shiftKey ? arrows : {}),
      i: () => this.turnTo(yaw, pitch, wide / ZOOM_STEP),
      o: () => this.turnTo(yaw, pitch, wide * ZOOM_STEP),
      h: () => this.turnTo(0, 0, USUAL),
    };
  }

  look(yaw, pitch, wide = this.wide) {
    this.yaw = wrapped(yaw);
    this.pitch = clamped(pitch, -UPRIGHT, UPRIGHT);
    this.wide = clamped(wide, CLOSEST, FARTHEST);
    this.turn = null;
    this.hint.hidden = true;
    this.player.redraw();
  }

  zoomBy(factor) {
    this.look(this.yaw, this.pitch, this.wide * factor);
  }

  /** Turn there in a moment, the shorter way round; at once where motion is not wanted. */
  turnTo(yaw, pitch, wide = this.wide) {
    const to = {
      yaw: this.yaw + wrapped(yaw - this.yaw),
      pitch: clamped(pitch, -UPRIGHT, UPRIGHT),
      wide: clamped(wide, CLOSEST, FARTHEST),
    };
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.look(to.yaw, to.pitch, to.wide);
      return;
    }
    const { yaw: fromYaw, pitch: fromPitch, wide: fromWide } = this;
    this.turn = { from: { yaw: fromYaw, pitch: fromPitch, wide: fromWide }, to, start_ms: performance.now() };
    this.player.redraw();
  }

  /** Go on with a turn that is under way. */
  goOn() {
    if (!this.turn) return;
    const { turn } = this;
    const share = clamped((performance.now() - turn.start_ms) / TURN_MS, 0, 1);
    const eased = 1 - (1 - share) ** 3;
    const at = (name) => turn.from[name] + (turn.to[name] - turn.from[name]) * eased;
    this.look(at('yaw'), at('pitch'), at('wide'));
    if (share < 1) this.turn = turn;
  }

  /**
   * Point to what there is.
   * boxes : [{ player, label, corners, away }], what there is at the moment (see Overlay.draw); away: it is out of sight
   */
  point(boxes) {
    const { clientWidth: width, clientHeight: height } = this.screen;
    const placed = boxes.map((box) => ({ ...box, ...middle(box.corners) }));
    this.showCompass(placed);
    const away = placed.filter((box) => box.away).map((box) => ({ ...box, ...this.atRim(box, width, height) }));
    spread(away, height);
    const left = new Set(this.arrows.keys());
    for (const box of away) {
      left.delete(box.player);
      const arrow = this.arrows.get(box.player) ?? this.arrowFor(box);
      arrow.style.transform = `translate(${box.x}px, ${box.y}px) translate(-50%, -50%)`;
      arrow.style.setProperty('--angle', `${box.angle}rad`);
      arrow.target = box;
    }
    for (const player of left) {
      this.arrows.get(player).remove();
      this.arrows.delete(player);
    }
  }

  arrowFor({ player, label }) {
    const arrow = document.createElement('button');
    arrow.type = 'button';
    arrow.className = 'milo-arrow';
    arrow.style.setProperty('--hue', label.colour);
    arrow.title = `Turn to the ${label.title}`;
    arrow.setAttribute('aria-label', arrow.title);
    arrow.innerHTML = '<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M32 11l15 13-15 13z"/></svg><b aria-hidden="true"></b>';
    arrow.lastChild.textContent = label.sign;
    arrow.addEventListener('click', () => this.turnTo(arrow.target.yaw, arrow.target.pitch));
    this.arrows.set(player, arrow);
    this.rim.append(arrow);
    return arrow;
  }

  /** Where at the screen's rim the way to something begins, and in which direction it goes on (clockwise from right). */
  atRim({ yaw, pitch }, width, height) {
    const around = wrapped(yaw - this.yaw);
    // As the viewer's eye has it: right, up and ahead of the middle of the screen.
    const right = Math.cos(pitch) * Math.sin(around);
    const level = Math.cos(pitch) * Math.cos(around);
    const up = Math.sin(pitch) * Math.cos(this.pitch) - level * Math.sin(this.pitch);
    const angle = Math.atan2(-up, right);
    const [farX, farY] = [width / 2 - ARROW_PX * 0.7, height / 2 - ARROW_PX * 0.7];
    const reach = Math.min(farX / Math.max(Math.abs(Math.cos(angle)), 1e-6), farY / Math.max(Math.abs(Math.sin(angle)), 1e-6));
    return { angle, x: width / 2 + reach * Math.cos(angle), y: height / 2 + reach * Math.sin(angle) };
  }

  /** The view as a wedge, what there is as dots around it, the front at the top. */
  showCompass(boxes) {
    const half = Math.atan(this.screen.clientWidth / 2 / this.focal_px);
    const at = (angle, radius) => `${(radius * Math.sin(angle)).toFixed(2)} ${(-radius * Math.cos(angle)).toFixed(2)}`;
    const wedge = `M0 0L${at(this.yaw - half, 20)}A20 20 0 0 1 ${at(this.yaw + half, 20)}z`;
    this.compass.querySelector('.milo-wedge').setAttribute('d', wedge);
    const dots = boxes.map(({ yaw, label }) => {
      const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
      const [x, y] = at(yaw, 20).split(' ');
      for (const [name, value] of Object.entries({ cx: x, cy: y, r: 3.4, fill: label.colour })) dot.setAttribute(name, value);
      return dot;
    });
    this.compass.querySelector('.milo-dots').replaceChildren(...dots);
    this.compass.setAttribute('aria-label', `You look ${inWords(this.yaw, this.pitch)}`);
  }
}

/** The middle of a box in fractions of the frame, as a direction; of one that goes all round, the pole in it. */
function middle([x0, y0, x1, y1]) {
  if (x1 - x0 >= ALL_ROUND) return { yaw: 0, pitch: y0 + y1 < 1 ? UPRIGHT : -UPRIGHT };
  return { yaw: wrapped((x0 + x1 - 1) * Math.PI), pitch: ((1 - y0 - y1) / 2) * Math.PI };
}

/** Arrows that would lie on one another move apart, up and down along their side of the screen. */
function spread(arrows, height) {
  for (const side of [-1, 1]) {
    const column = arrows.filter(({ angle }) => Math.sign(Math.cos(angle)) === side).sort((a, b) => a.y - b.y);
    column.forEach((arrow, k) => {
      const before = column[k - 1];
      if (before && Math.abs(arrow.x - before.x) < ARROW_PX) arrow.y = Math.max(arrow.y, before.y + ARROW_PX);
    });
    const over = Math.max(0, (column.at(-1)?.y ?? 0) - (height - ARROW_PX * 0.7));
    for (const arrow of column) arrow.y -= over;
  }
}

function inWords(yaw, pitch) {
  const degrees = Math.round((yaw * 180) / Math.PI);
  const around = degrees ? `${Math.abs(degrees)}° to the ${degrees > 0 ? 'right' : 'left'}` : 'to the front';
  const up = Math.round((pitch * 180) / Math.PI);
  return up ? `${around}, ${Math.abs(up)}° ${up > 0 ? 'up' : 'down'}` : around;
}

/** An angle between -180° and 180°. */
function wrapped(angle) {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

function clamped(value, least, most) {
  return Math.max(least, Math.min(value, most));
}
