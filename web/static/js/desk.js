// What the desk pages share: print buttons, forms that ask first, filters that apply at once.
for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
for (const form of document.querySelectorAll("form[data-ask]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.ask)) event.preventDefault();
  });
}
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy);
    text.select(); // without a secure page there is no clipboard: the text is marked, for the old command
    if (navigator.clipboard) await navigator.clipboard.writeText(text.value);
    else document.execCommand("copy");
    button.textContent = button.dataset.copied;
  });
}
