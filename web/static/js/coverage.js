// The filter bar asks again as soon as something is chosen.
const form = document.getElementById("filters");
const layers = form.querySelector("details");
form.classList.add("live");
form.addEventListener("change", (event) => {
  // a list of layers in which something was ticked is open again on the new page
  sessionStorage.setItem("coverage-layers", event.target.name === "layer" ? "open" : "");
  form.requestSubmit();
});

layers.open = sessionStorage.getItem("coverage-layers") === "open";
sessionStorage.removeItem("coverage-layers");
document.addEventListener("click", (event) => {
  if (!layers.contains(event.target)) layers.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") layers.open = false;
});
window.addEventListener("blur", () => {
  layers.open = false; // a click into the map's frame
});
