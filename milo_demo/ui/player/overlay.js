/** What is drawn over the picture: maps as heat, boxes with names; where there is no picture, what is heard. */

const HEAT = 0.72; // opacity of a place whose score is 1: the picture stays visible under it
const EASE = 0.15; // scores this little under the threshold fade out instead of vanishing

export class Overlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.heat = document.createElement('canvas'); // all maps at their own size, scaled up when they are drawn
    this.oneHeat = document.createElement('canvas'); // one of them
    this.threshold = 0.5;
    this.clip = {};
    this.maps = null;
    this.boxes = [];
    this.peaks = new Map(); // the highest score that each player's boxes reach
  }

  /** Take over a clip; its maps follow when they have been fetched. */
  async show(clip) {
    const fetched = clip.maps && clip.maps.url === this.clip.maps?.url && clip.video === this.clip.video;
    this.clip = clip;
    this.boxes = groupBySteps(clip.boxes ?? []);
    this.peaks = new Map();
    for (const boxes of this.boxes) {
      for (const [player, { score }] of boxes ?? []) this.peaks.set(player, Math.max(score, this.peaks.get(player) ?? 0));
    }
    if (fetched) return;
    this.maps = null;
    if (!clip.maps) return;
    const response = await fetch(new URL(clip.maps.url, document.baseURI));
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (this.clip !== clip) return; // another clip is shown by now
    if (!response.ok) throw new Error(`the maps could not be fetched: ${response.status}`);
    this.maps = bytes;
    this.canvas.dispatchEvent(new Event('milo-maps', { bubbles: true }));
  }

  /**
   * Draw the moment `time_s`.
   * layers : { boxes, maps }, whether to draw them; hidden : Set of instrument names not to draw
   * sphere : where the picture is shown if it is not flat (see sphere.js), which then shows the maps as well; or null
   *
   * Returns what is there at the moment, [{ player, label, corners, away }]; away: nothing of it is on the screen.
   */
  draw(time_s, layers, hidden, sphere = null) {
    const { context, canvas, clip } = this;
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    if (clip.state !== 'ready') return [];
    const step = time_s * clip.steps_per_s;
    if (!clip.has_video) {
      this.drawHeard(step, width, height, hidden);
      return [];
    }
    const frame = sphere ? { x: 0, y: 0, width, height } : contained(clip.width / clip.height, width, height);
    const heated = layers.maps && this.maps && this.paintHeat(step, hidden);
    if (sphere) sphere.draw(width, height, heated);
    else if (heated) this.drawHeat(frame);
    if (!layers.boxes) return [];
    const boxes = this.boxesAt(step, hidden);
    const there = [...boxes, ...this.heardAt(step, hidden, boxes)];
    for (const box of there) {
      const parts = sphere ? sphere.parts(box.corners) : flatParts(box.corners, frame);
      for (const part of parts) this.drawBox(box, part, frame);
      box.away = !parts.length;
    }
    return there;
  }

  /** Lay the maps of all labels over one another, at their own size. False where they are all clear. */
  paintHeat(step, hidden) {
    const { rows, columns } = this.clip.maps;
    const [whole, one] = [this.heat, this.oneHeat].map((canvas) => {
      canvas.width = columns;
      canvas.height = rows;
      return canvas.getContext('2d');
    });
    let any = false;
    this.clip.labels.forEach((label, index) => {
      const image = hidden.has(label.name) ? null : this.heatOf(index, label.colour, step, rows, columns);
      if (!image) return;
      one.putImageData(image, 0, 0);
      whole.drawImage(this.oneHeat, 0, 0);
      any = true;
    });
    return any;
  }

  drawHeat(frame) {
    this.context.imageSmoothingEnabled = true;
    this.context.imageSmoothingQuality = 'high';
    this.context.drawImage(this.heat, frame.x, frame.y, frame.width, frame.height);
  }

  /** The map of one label at `step` (between two steps: a mixture of both) as an image; null where it is all clear. */
  heatOf(index, colour, step, rows, columns) {
    const [before, after, share] = neighbours(step, this.clip.maps.steps);
    const size = rows * columns;
    const at = (t) => (t * this.clip.labels.length + index) * size;
    const [red, green, blue] = channels(colour);
    const image = new ImageData(columns, rows);
    let any = false;
    for (let place = 0; place < size; place += 1) {
      const first = this.maps[at(before) + place];
      const score = (first + (this.maps[at(after) + place] - first) * share) / 255;
      const alpha = eased(score, this.threshold) * score * HEAT;
      if (alpha > 0) any = true;
      image.data.set([red, green, blue, alpha * 255], place * 4);
    }
    return any ? image : null;
  }

  /**
   * The boxes to be drawn at `step`, between two steps on their way from one place to the other. A player that is sure
   * at some time keeps its box until its score falls well under the threshold, so that the box does not blink.
   */
  boxesAt(step, hidden) {
    const { clip } = this;
    const [before, after, share] = neighbours(step, Math.max(this.boxes.length, 1));
    const next = this.boxes[after] ?? new Map();
    return [...(this.boxes[before] ?? [])].flatMap(([player, box]) => {
      const label = clip.labels[box.label];
      const then = next.get(player) ?? box;
      const score = between(box.score, then.score, share);
      const sure = (this.peaks.get(player) ?? box.score) >= this.threshold;
      if (!label || hidden.has(label.name) || !sure || score < clip.release * this.threshold) return [];
      const turn = clip.projection === 'equirectangular' ? turnBetween(box.corners, then.corners) : 0;
      const corners = box.corners.map((edge, i) => between(edge, then.corners[i] + (i % 2 ? 0 : turn), share));
      return [{ player, label, corners, words: `${label.title} ${percent(score)}` }];
    });
  }

  /** Boxes without size, for what is heard from a place at which no instrument of its kind is seen. */
  heardAt(step, hidden, boxes) {
    const { labels, heard } = this.clip;
    return (labels ?? []).flatMap((label, index) => {
      if (!label.heard_at || hidden.has(label.name) || boxes.some((box) => box.label === label)) return [];
      const [before, after, share] = neighbours(step, heard[index].length);
      const score = between(heard[index][before], heard[index][after], share) / 100;
      if (score < this.threshold) return [];
      const corners = [...label.heard_at, ...label.heard_at];
      return [{ player: `heard ${label.name}`, label, corners, words: `♪ ${label.title} heard ${percent(score)}` }];
    });
  }

  drawBox({ label, words }, { lines, left, top }, frame) {
    const { context } = this;
    context.lineJoin = 'round';
    context.lineCap = 'round';
    context.beginPath();
    for (const [[x, y], ...rest] of lines) {
      context.moveTo(x, y);
      for (const point of rest) context.lineTo(...point);
    }
    for (const [colour, line] of [['rgba(15, 23, 42, 0.65)', 5], [label.colour, 2.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.stroke();
    }
    this.drawTag(label, words, left, top, frame);
  }

  /** Sign in the instrument's colour, then name and score: the colour alone would not tell 26 things apart. */
  drawTag({ sign, colour }, words, left, top, frame) {
    const { context } = this;
    context.font = '600 13px system-ui, sans-serif';
    context.textBaseline = 'middle';
    const signWidth = context.measureText(sign).width + 10;
    const width = signWidth + context.measureText(words).width + 12;
    const x = Math.max(frame.x, Math.min(left - 1, frame.x + frame.width - width));
    const y = Math.max(frame.y, top - 22);
    context.fillStyle = 'rgba(15, 23, 42, 0.85)';
    context.fillRect(x, y, width, 21);
    context.fillStyle = colour;
    context.fillRect(x, y, signWidth, 21);
    context.fillStyle = '#0f172a';
    context.fillText(sign, x + 5, y + 11);
    context.fillStyle = '#f8fafc';
    context.fillText(words, x + signWidth + 6, y + 11);
  }

  /** A clip without a picture: a bar per instrument, as strong as it is heard now. */
  drawHeard(step, width, height, hidden) {
    const { context, clip } = this;
    if (!clip.heard.length) return;
    const [before, after, share] = neighbours(step, clip.heard[0].length);
    const pitch = Math.min(56, (height - 32) / clip.labels.length);
    const top = (height - pitch * clip.labels.length) / 2;
    const nameWidth = Math.min(160, width * 0.36);
    clip.labels.forEach((label, index) => {
      if (hidden.has(label.name)) return;
      const score = between(clip.heard[index][before], clip.heard[index][after], share) / 100;
      const y = top + pitch * (index + 0.5);
      context.globalAlpha = score < this.threshold ? 0.45 : 1;
      context.font = '600 15px system-ui, sans-serif';
      context.textBaseline = 'middle';
      context.textAlign = 'right';
      context.fillStyle = '#e2e8f0';
      context.fillText(label.title, nameWidth, y);
      context.textAlign = 'left';
      context.fillStyle = 'rgba(148, 163, 184, 0.18)';
      context.fillRect(nameWidth + 14, y - pitch * 0.22, width - nameWidth - 38, pitch * 0.44);
      context.fillStyle = label.colour;
      context.fillRect(nameWidth + 14, y - pitch * 0.22, (width - nameWidth - 38) * score, pitch * 0.44);
      context.globalAlpha = 1;
    });
  }
}

/** Boxes [step, label, player, score in %, x0, y0, x1, y1 in thousandths] as a list of Map(player, box), one per step. */
function groupBySteps(boxes) {
  const steps = [];
  for (const [step, label, player, score, ...corners] of boxes) {
    steps[step] ??= new Map();
    steps[step].set(player, { label, score: score / 100, corners: corners.map((corner) => corner / 1000) });
  }
  return steps;
}

/** The grid steps on both sides of `step`, and how far it lies from the first to the second (0-1). */
function neighbours(step, steps) {
  const before = Math.max(0, Math.min(Math.floor(step), steps - 1));
  return [before, Math.min(before + 1, steps - 1), Math.max(0, Math.min(step - before, 1))];
}

/** How many turns of a 360° frame the second box has to be moved by to lie on the first one's side of the seam. */
function turnBetween([x0, , x1], [thenX0, , thenX1]) {
  return Math.round((x0 + x1 - thenX0 - thenX1) / 2);
}

/**
 * The edges of a box [x0, y0, x1, y1] in a flat picture as lines, and the left and top of them; one part, or two where
 * the box goes across the seam of a 360° frame.
 */
function flatParts([x0, y0, x1, y1], { x, y, width, height }) {
  const [top, bottom] = [y + y0 * height, y + y1 * height];
  return [-1, 0, 1].filter((turn) => x0 + turn < 1 && x1 + turn > 0).map((turn) => {
    const left = x + Math.max(x0 + turn, 0) * width;
    const right = x + Math.min(x1 + turn, 1) * width;
    const lines = [[[left, top], [right, top]], [[left, bottom], [right, bottom]]];
    if (x0 + turn >= 0) lines.push([[left, top], [left, bottom]]);
    if (x1 + turn <= 1) lines.push([[right, top], [right, bottom]]);
    return { lines, left, top };
  });
}

function percent(score) {
  return `${Math.round(score * 100)} %`;
}

function between(first, second, share) {
  return first + (second - first) * share;
}

/** 0 below the threshold, 1 from it on, with a soft edge under it. */
function eased(score, threshold) {
  return Math.max(0, Math.min(1, (score - threshold) / EASE + 1));
}

/** Where a picture of `ratio` lies when it is fitted into width x height, as `object-fit: contain` does it. */
function contained(ratio, width, height) {
  const fitted = width / height > ratio
    ? { width: height * ratio, height }
    : { width, height: width / ratio };
  return { ...fitted, x: (width - fitted.width) / 2, y: (height - fitted.height) / 2 };
}

function channels(colour) {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}
