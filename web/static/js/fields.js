/* What the station found wrong, said beside the field it is about. */

import { element } from "./outbox.js";

const MARKED = "[aria-invalid]";

/** Take the marks of an earlier try away. */
export function clearMarks(form) {
  form.querySelectorAll(".field-said").forEach((line) => line.remove());
  form.querySelectorAll(".refused-field").forEach((place) => place.classList.remove("refused-field"));
  form.querySelectorAll(MARKED).forEach((input) => {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  });
}

/** Mark fields = [{field, message}]; returns the messages about what the form does not show. */
export function markFields(form, fields) {
  clearMarks(form);
  const rest = [];
  for (const { field, message } of fields) {
    const input = form.querySelector(`[name="${field}"]:not([type="hidden"])`);
    const place = input?.closest("label.field, fieldset");
    if (!place) {
      rest.push(message);
      continue;
    }
    const line = element("span", "field-said", message);
    line.id = `said-${field}`;
    place.append(line);
    place.classList.add("refused-field");
    if (!["radio", "checkbox"].includes(input.type)) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", line.id);
    }
    place.closest("details")?.setAttribute("open", "");
  }
  return rest;
}
