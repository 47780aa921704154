// Gives its work to each passkey button and only then shows it, says when a passkey fails, and takes up a kept form.
// All of it works without, by another way; a button whose scripts are still on the road would do nothing: it is not seen.
const passkeys = window.PublicKeyCredential && window.webauthnJSON && window.allauth?.webauthn?.forms;
if (passkeys) {
  for (const part of document.querySelectorAll("[data-passkey]")) {
    passkeys[part.dataset.passkey]({ ids: JSON.parse(part.dataset.passkeyIds) });
    part.hidden = false;
  }
  for (const words of document.querySelectorAll("[data-until-passkey]")) words.hidden = true;
}
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = document.getElementById("cle-refusee") ?? document.createElement("p");
  if (!said.isConnected) {
    said.id = "cle-refusee";
    said.className = "notice error";
    said.setAttribute("role", "alert");
    document.querySelector("main .narrow")?.prepend(said);
  }
  said.hidden = false;
  said.textContent = "Votre appareil n’a pas reconnu de clé d’accès\u00a0: réessayez, ou choisissez l’autre façon.";
});
document.querySelector("form[data-resume]")?.requestSubmit();
