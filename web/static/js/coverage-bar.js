// The filter bar: asks again as soon as something is chosen, and gives the address that says the same.

const folds = (form) => {
  const all = [...form.querySelectorAll("details")];
  const close = (but) => all.forEach((one) => (one.open = one === but && one.open));
  document.addEventListener("click", (event) => close(all.find((one) => one.contains(event.target))));
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  window.addEventListener("blur", () => close()); // a click into the map's frame
  // a fold in which something was chosen is open again on the new page
  const left = sessionStorage.getItem("coverage-fold");
  sessionStorage.removeItem("coverage-fold");
  all.forEach((one) => (one.open = left === one.dataset.fold));
};

const anyDays = (form) => {
  const days = form.querySelector(".coverage-days");
  const ask = () => {
    const wanted = form.elements.period.value === "days";
    days.hidden = !wanted;
    return wanted;
  };
  const whole = () => form.elements.first.value && form.elements.last.value >= form.elements.first.value;
  return { ask, whole };
};

// What says nothing stays out of the address.
const short = (form) =>
  form.addEventListener("formdata", (event) => {
    const days = event.formData.get("period") === "days";
    for (const [name, value] of [...event.formData]) {
      if (value === "" || (!days && (name === "first" || name === "last"))) event.formData.delete(name);
    }
  });

// Without a secure page (http in the station's own network) there is the old command only.
const copied = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
};

const copyLink = (button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copied(new URL(button.dataset.link, location.origin).href);
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = before), 2000);
  });
};

export const filterBar = (form) => {
  const { ask, whole } = anyDays(form);
  form.classList.add("live");
  folds(form);
  short(form);
  copyLink(form.querySelector("#copy-link"));
  form.addEventListener("change", (event) => {
    const days = ask();
    if (event.target.name === "period" && days) return;
    if (days && !whole()) return;
    const fold = event.target.closest("details");
    if (event.target.name === "layer" && fold) sessionStorage.setItem("coverage-fold", fold.dataset.fold);
    form.requestSubmit();
  });
};
