/* The questions for one person: folded together until somebody asks them. */

import { evaluate } from "./forms.js";
import { chipset } from "./record_parts.js";
import { element, refill, say } from "./words.js";

const FORM_KEY = "_form";

/** A radio that is ticked already is taken back by another tap: a wrong tap must not stay. */
function canBeUnticked(set) {
  let before = null;
  const remember = () => (before = set.querySelector("input:checked"));
  set.addEventListener("pointerdown", remember);
  set.addEventListener("click", (event) => {
    if (event.target.type !== "radio" || event.target !== before) return;
    event.target.checked = false;
    before = null;
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function choices(field, name) {
  const type = field.type === "select_one" ? "radio" : "checkbox";
  const set = chipset(name, field.label, field.choices, { type });
  if (type === "radio") canBeUnticked(set);
  return set;
}

function typed(field, name) {
  const kind = { integer: "text", date: "date", text: "text" }[field.type];
  const box = field.appearance === "long"
    ? element("textarea", { name, rows: 2 })
    : element("input", { type: kind, name, inputmode: field.type === "integer" ? "numeric" : null });
  return element("label", { class: "field" }, field.label, field.hint ? element("span", { class: "quiet", text: field.hint }) : null, box);
}

function question(field, name) {
  if (field.type === "note") return element("p", { class: "form-note", text: field.label });
  return field.choices ? choices(field, name) : typed(field, name);
}

export class PersonForm {
  /** sheet: {context() → {today, facts}, addNeed(code, on), report(person)}. */
  constructor(person, form, last, sheet) {
    Object.assign(this, { person, form, sheet });
    this.carried = this.carriedFrom(last);
    this.questions = new Map(form.fields.map((field) => [field.name, question(field, this.nameOf(field))]));
    this.count = element("span", { class: "quiet" });
    this.advice = element("ul", { class: "advice" });
    this.element = this.build();
    this.element.addEventListener("change", (event) => {
      this.settle(event.target);
      this.update();
    });
    this.element.addEventListener("input", () => this.update());
  }

  nameOf(field) {
    return `answers.${this.person.id}.${field.name}`;
  }

  build() {
    const title = `${this.form.title} · ${this.person.name}`;
    const summary = element("summary", {}, element("span", { class: "form-title", text: title }), this.count);
    this.same = Object.keys(this.carried).length
      ? element("button", { class: "same", text: `↺ ${say("record.same")}`, onclick: () => this.carry() })
      : null;
    return element("details", { class: "person-form", data: { client: this.person.id } }, summary,
      element("div", { class: "person-form-body" }, this.same, ...this.questions.values(), element("div", { role: "status" }, this.advice)));
  }

  /** What the last visit's answers may fill in again. */
  carriedFrom(last) {
    const found = {};
    for (const field of this.form.fields) {
      if (field.carry && last && field.name in last) found[field.name] = last[field.name];
    }
    const right = evaluate(this.form, found, this.sheet.context());
    return right.answers;
  }

  /** "Same as last time": fills what is blank, overwrites nothing. */
  carry() {
    const now = this.given();
    for (const [name, value] of Object.entries(this.carried)) {
      const isBlank = now[name] === "" || (Array.isArray(now[name]) && !now[name].length);
      if (isBlank) this.put(name, value);
    }
    this.same.textContent = `✓ ${say("record.same_done")}`;
    this.update();
  }

  boxes(name) {
    return [...this.questions.get(name).querySelectorAll("input, textarea")];
  }

  put(name, value) {
    const codes = Array.isArray(value) ? value : [value];
    for (const box of this.boxes(name)) {
      if (box.type === "radio" || box.type === "checkbox") box.checked = codes.includes(box.value);
      else box.value = String(value);
    }
  }

  /** "None" and a danger cannot both be: the newest tick stays and what it does not go with is taken away. */
  settle(box) {
    const field = this.form.fields.find((one) => this.nameOf(one) === box.name);
    if (!box.checked || !field || field.type !== "select_multiple") return;
    const passes = (codes) => !evaluate(this.form, { ...this.given(), [field.name]: codes }, this.sheet.context()).wrong[field.name];
    const codes = this.given()[field.name];
    if (passes(codes)) return;
    const without = codes.filter((code) => code !== box.value).map((code) => codes.filter((other) => other !== code));
    const better = without.concat([[box.value]]).find(passes);
    if (better) this.put(field.name, better);
  }

  /** What stands on the sheet, asked or not. */
  given() {
    const found = {};
    for (const field of this.form.fields) {
      const boxes = this.boxes(field.name);
      const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
      if (field.type === "select_multiple") found[field.name] = ticked;
      else if (field.type === "select_one") found[field.name] = ticked[0] || "";
      else if (field.type !== "note") found[field.name] = boxes[0].value;
    }
    return found;
  }

  /** Show what is asked and what the answers suggest. */
  update() {
    const found = evaluate(this.form, this.given(), this.sheet.context());
    for (const [name, place] of this.questions) place.hidden = !found.relevant.includes(name);
    const count = Object.keys(found.answers).length;
    this.count.textContent = say(count ? "record.answered" : "record.optional", { count });
    this.count.className = count ? "count some" : "count quiet";
    refill(this.advice, ...this.form.suggestions.filter((one) => found.suggestions.includes(one.code)).map((one) => this.suggestion(one)));
  }

  suggestion(one) {
    const line = element("li", { data: { suggestion: one.code } }, element("span", { text: `➤ ${one.label}` }));
    if (one.need) line.append(element("button", { text: say("record.add_need"), onclick: (event) => this.take(one, event.target) }));
    if (one.code === "report") line.append(element("button", { class: "danger", text: say("record.report"), onclick: () => this.sheet.report(this.person) }));
    return line;
  }

  take(one, button) {
    this.sheet.addNeed(one.need);
    button.textContent = `✓ ${say("record.need_added")}`;
    button.disabled = true;
  }

  /** The answers that are sent: what is asked, with the form they answer; null where there are none. */
  answers() {
    const given = this.given();
    const { relevant } = evaluate(this.form, given, this.sheet.context());
    const found = {};
    for (const name of relevant) {
      const value = given[name];
      if (value !== undefined && value !== "" && !(Array.isArray(value) && !value.length)) found[name] = value;
    }
    return Object.keys(found).length ? { [FORM_KEY]: this.form.key, ...found } : null;
  }

  refill(answers) {
    for (const field of this.form.fields) {
      if (answers && field.name in answers) this.put(field.name, answers[field.name]);
    }
    this.update();
  }
}
