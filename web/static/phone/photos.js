/* Photos: drawn anew and small, so that of the camera's bytes (place, time, make) nothing is left. */

import { element, refill, say } from "./words.js";

const LONGEST_PX = 1600;
const MOST_BYTES = 300000;
const QUALITIES = [0.8, 0.6, 0.4];
const SMALLER = 0.75;
const FEWEST_PX = 320;

/** Of one visit, signature included. */
export const MOST_PHOTOS = 5;

/** Read a picture the right way up; browsers without createImageBitmap's options turn an <img> by themselves. */
async function readPicture(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (error) {
    return readByImage(file);
  }
}

function readByImage(file) {
  const url = URL.createObjectURL(file);
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error(say("record.photo_unreadable")));
    image.src = url;
  }).finally(() => URL.revokeObjectURL(url));
}

function drawn(picture, longest) {
  const [width, height] = [picture.naturalWidth || picture.width, picture.naturalHeight || picture.height];
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = element("canvas", { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const jpegOf = (canvas, quality) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));

/** Return a photo as JPEG of at most 1600 px and 300 kB, with nothing of the camera's own data. */
export async function shrink(file) {
  const picture = await readPicture(file);
  for (let longest = LONGEST_PX; longest >= FEWEST_PX; longest *= SMALLER) {
    const canvas = drawn(picture, longest);
    for (const quality of QUALITIES) {
      const blob = await jpegOf(canvas, quality);
      if (blob && blob.size <= MOST_BYTES) return blob;
    }
  }
  throw new Error(say("record.photo_unreadable"));
}

/** The photos of a record: a button, what was taken, and a way to take each away again. */
export class Photos {
  constructor(newId, most = MOST_PHOTOS) {
    Object.assign(this, { newId, most, taken: [], allowed: true });
    this.file = element("input", { type: "file", accept: "image/*", class: "off-screen", tabIndex: -1, "aria-hidden": "true" });
    this.file.setAttribute("capture", "environment");
    this.file.onchange = () => this.add();
    this.button = element("button", { class: "tool", id: "photo", onclick: () => this.file.click() },
      element("span", { class: "tool-mark", "aria-hidden": "true", text: "▣" }), element("span", { class: "tool-text", text: say("record.photo") }));
    this.said = element("p", { class: "quiet", role: "status" });
    this.list = element("ul", { class: "photos" });
    this.panel = element("div", { class: "panel", hidden: true }, this.said, this.list, this.file);
  }

  /** The photos to send; none where none may be taken. */
  value() {
    return this.allowed ? this.taken.map(({ id, blob }) => ({ id, kind: "photo", blob })) : [];
  }

  /** No control where a child is among the persons and the county does not allow it. */
  allow(allowed) {
    this.allowed = allowed;
    this.button.hidden = !allowed;
    this.draw();
  }

  async add() {
    const file = this.file.files[0];
    this.file.value = "";
    if (!file) return;
    this.panel.hidden = false;
    this.said.textContent = say("record.photo_shrinking");
    try {
      this.taken.push({ id: this.newId(), blob: await shrink(file) });
      this.draw();
      this.list.dispatchEvent(new Event("change", { bubbles: true }));
    } catch (error) {
      this.said.textContent = say("record.photo_unreadable");
    }
  }

  /** Take up pictures of before, under new ids: the old ones belong to what was saved with them. */
  refill(taken) {
    this.taken = taken.map(({ blob }) => ({ id: this.newId(), blob }));
    this.draw();
  }

  drop(photo) {
    this.taken = this.taken.filter((one) => one !== photo);
    this.draw();
  }

  draw() {
    const { taken, allowed } = this;
    this.panel.hidden = !allowed || !taken.length;
    this.said.textContent = taken.length ? say("record.photos", { count: taken.length }) : "";
    this.button.disabled = taken.length >= this.most;
    this.button.classList.toggle("on", taken.length > 0);
    refill(this.list, ...taken.map((photo, at) => this.row(photo, at + 1)));
  }

  row(photo, number) {
    const url = URL.createObjectURL(photo.blob);
    const image = element("img", { src: url, alt: say("record.photo_number", { number }), onload: () => URL.revokeObjectURL(url) });
    const drop = element("button", { "aria-label": say("record.photo_drop", { number }), text: "✕", onclick: () => this.drop(photo) });
    return element("li", {}, image, drop);
  }
}
