/* Sheets that were closed half filled, and the pictures of visits that may still be taken back. In memory only,
   and no longer than the phone's own keys. */

const watched = new WeakSet();
let keys = 0;

/** Return a number that changes when the phone's keys are forgotten. */
export const keysNow = () => keys;

/** Stop id → {body, photos, signature}. */
export const unsaved = new Map();

/** When a visit began → {photos, signature}. */
export const pictures = new Map();

function closeAll() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

/** A locked phone shows no sheet; one whose keys are gone also forgets what stood on it. */
export function watch(vault) {
  if (watched.has(vault)) return;
  watched.add(vault);
  window.addEventListener("phone:closed", closeAll);
  vault.addEventListener("forgotten", () => {
    keys += 1;
    unsaved.clear();
    pictures.clear();
    closeAll();
  });
}
