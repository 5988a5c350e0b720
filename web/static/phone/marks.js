/* What is wrong, said beside the field it is about. */

import { element } from "./words.js";

/** Take the marks of an earlier try away. */
export function clearMarks(form) {
  form.querySelectorAll(".field-said").forEach((line) => line.remove());
  form.querySelectorAll(".refused-field").forEach((place) => place.classList.remove("refused-field"));
  form.querySelectorAll("[aria-invalid]").forEach((input) => {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  });
}

function openAround(place) {
  for (let box = place.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
}

/** Return the place of a field on the sheet, null where it is not shown. */
function placeOf(form, field) {
  const input = form.querySelector(`[name="${field}"]`);
  const place = input && input.closest(".field, fieldset");
  return place && !place.closest("[hidden]") ? { input, place } : null;
}

function markOne({ input, place }, field, message) {
  const line = element("span", { class: "field-said", id: `said-${field}`, text: message });
  place.append(line);
  place.classList.add("refused-field");
  openAround(place);
  if (["radio", "checkbox"].includes(input.type)) return;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", line.id);
}

/** Mark fields = [{field, message}]; returns the messages about what the sheet does not show. */
export function markFields(form, fields) {
  clearMarks(form);
  const rest = [];
  for (const { field, message } of fields) {
    const found = placeOf(form, field);
    if (found) markOne(found, field, message);
    else rest.push(message);
  }
  const first = form.querySelector(".refused-field");
  if (first) first.scrollIntoView({ block: "center" });
  return rest;
}
