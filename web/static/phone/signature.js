/* A signature with a finger: optional, small, kept as a picture. */

import { openSheet } from "./dialogs.js";
import { element, say } from "./words.js";

const WIDTH = 600;
const HEIGHT = 240;
const MOST_BYTES = 40000;
const LINE = 4;

/** Draw with a finger, a pen or a mouse; resolves to nothing, tells onLine after each line. */
function drawable(canvas, onLine) {
  const pen = canvas.getContext("2d");
  Object.assign(pen, { lineWidth: LINE, lineCap: "round", lineJoin: "round", strokeStyle: "#1c2526" });
  let drawing = false;
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * WIDTH) / box.width, ((event.clientY - box.top) * HEIGHT) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...point(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...point(event));
    pen.stroke();
    onLine();
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (drawing = false));
}

function blank(canvas) {
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
}

const pngOf = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, "image/png"));

/** Return the signature as PNG of at most 40 kB, drawn smaller where it is more. */
export async function signaturePng(canvas) {
  let blob = await pngOf(canvas);
  for (let width = WIDTH * 0.75; blob.size > MOST_BYTES && width > 100; width *= 0.75) {
    const small = element("canvas", { width: Math.round(width), height: Math.round((width * HEIGHT) / WIDTH) });
    small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
    blob = await pngOf(small);
  }
  return blob;
}

/** Ask for a signature; resolves to a PNG, or null where nobody signed. */
export async function askSignature(name) {
  const canvas = element("canvas", { class: "pad", width: WIDTH, height: HEIGHT, role: "img", "aria-label": say("record.pad") });
  let drawn = false;
  let taken = null;
  blank(canvas);
  await openSheet(say("record.signature_of", { name }), (body, close) => {
    const take = element("button", { class: "primary", disabled: true, text: say("record.signature_take") });
    take.onclick = async () => {
      taken = await signaturePng(canvas);
      close();
    };
    const clear = element("button", { text: say("record.signature_clear"), onclick: () => { blank(canvas); drawn = false; take.disabled = true; } });
    drawable(canvas, () => { drawn = true; take.disabled = false; });
    body.append(element("p", { class: "quiet", text: say("record.signature_how") }), canvas, element("div", { class: "pair" }, clear, take));
  }, "signature");
  return drawn ? taken : null;
}
