/** The visitor's camera and microphone: letting go of them, and what can go wrong. */

/** @param {MediaStream | null} stream */
export function release(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/**
 * Why there is no picture, and what to do about it.
 *
 * @param {unknown} error
 */
export function reason(error) {
  /** @type {Record<string, string>} */
  const known = {
    NotAllowedError: 'The browser may not use the camera: allow it for this page, then start again.',
    SecurityError: 'Browsers lend the camera only to pages on the same computer or over https: open MILO that way.',
    NotFoundError: 'There is no camera: plug one in, then start again.',
    OverconstrainedError: 'That camera is gone: start again to use another one.',
    NotReadableError: 'Another program uses the camera: close it there, then start again.',
  };
  return known[/** @type {Error} */ (error).name]
    ?? 'The camera did not start: check that it works elsewhere, then start again.';
}
