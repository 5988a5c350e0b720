// The filter bar asks again as soon as something is chosen.
const form = document.getElementById("filters");
form.classList.add("live");
form.addEventListener("change", () => form.requestSubmit());

// A list of layers that was open stays open over the new page; a click elsewhere closes it.
const layers = form.querySelector("details");
layers.open = sessionStorage.getItem("coverage-layers") === "open";
layers.addEventListener("toggle", () => {
  sessionStorage.setItem("coverage-layers", layers.open ? "open" : "");
});
document.addEventListener("click", (event) => {
  if (!layers.contains(event.target)) layers.open = false;
});
