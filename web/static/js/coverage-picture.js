// The map as a picture to keep: the frame draws it from its figures, with no point and no route on it.

export const savePicture = async (button, map) => {
  const draw = await map.png();
  if (!draw) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const address = URL.createObjectURL(await draw());
    const link = document.createElement("a");
    link.href = address;
    link.download = button.dataset.name;
    link.click();
    URL.revokeObjectURL(address);
  });
};
