// Shows what needs JavaScript (passkeys), says when a passkey fails, and takes up a kept form. All of it works without, by another way.
if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-needs-js]")) part.hidden = false;
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
