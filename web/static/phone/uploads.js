/* Photos and signatures go after the envelopes, in parts, each from where the last one ended. */

import { AskError, askOpenly } from "./api.js";

const PART = 64 * 1024;
const STALLS = 3;
/** The station will not take this picture, however often it is sent. */
const REFUSED = [400, 403, 413, 415, 422];
/** It does not know of it yet: asked again at the next sending. */
const UNKNOWN = 404;

const kept = (outbox, meta) =>
  outbox.shelf.change(["photos"], async (hand) => {
    // an undo may have taken it away meanwhile
    if (await hand.get("photos", meta.id)) await hand.put("photos", meta);
  });

/** Send the pictures of what the station holds; stops where `interrupted` says that an envelope waits. */
export async function sendPhotos(outbox, interrupted) {
  const [photos, records] = await Promise.all([outbox.shelf.all("photos"), outbox.shelf.all("outbox")]);
  const arrived = new Set(records.filter((record) => record.state === "held").map((record) => record.id));
  const due = photos.filter((meta) => !meta.held && !meta.refused && arrived.has(meta.of));
  for (const meta of due.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (interrupted()) return;
    await sendOne(outbox, meta, interrupted);
  }
  if (due.length) await outbox.changed();
}

async function sendOne(outbox, meta, interrupted) {
  const picture = await outbox.shelf.get("pictures", meta.id);
  if (!picture) return;
  let now = meta;
  let stalls = 0;
  while (!now.held && !interrupted()) {
    const next = await sendPart(picture.bytes, now);
    if (!next) return;
    stalls = next.at > now.at || next.held || next.refused ? 0 : stalls + 1;
    if (stalls >= STALLS) throw new AskError("phone.stalled", "");
    now = next;
    await kept(outbox, now);
    if (now.refused) return;
  }
}

async function sendPart(bytes, meta) {
  const at = meta.at < bytes.length ? meta.at : 0;
  const path = `/phone/photos/${meta.id}?at=${at}&total=${bytes.length}`;
  try {
    const told = await askOpenly(path, { method: "PUT", body: bytes.slice(at, at + PART) });
    return { ...meta, at: told.at, held: told.held, refused: told.state === "rejected" ? told.code : "" };
  } catch (error) {
    if (error.status === UNKNOWN) return null;
    if (!REFUSED.includes(error.status)) throw error;
    return { ...meta, refused: error.code };
  }
}
