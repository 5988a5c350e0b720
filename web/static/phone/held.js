/* What the station holds of what was recorded on this phone, in words. */

/**
 * Return {mark, lines: [[key, values]…]}: records first, photos as long as some are on their way;
 * without lines there is nothing to say. `told` and `photos` come from the outbox.
 */
export function heldLines(told, photos) {
  const late = photos.held < photos.all;
  const { all, held } = told;
  const lines = [];
  if (all) lines.push([all === held ? "app.held_all" : "app.held_some", { all, held, time: told.time || "" }]);
  if (late) lines.push(["app.held_photos", photos]);
  return { mark: all === held && !late ? "ok" : "wait", lines };
}
