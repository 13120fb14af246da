// Passkeys. data-passkey is the WebAuthn operation of a form (create or get), data-options are its options. The
// credential from the browser is sent with the form. The button is hidden unless the browser supports passkeys.

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const credential = form.elements.credential;
  const problem = form.querySelector("[data-passkey-problem]");

  if (window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    form.querySelector("button").hidden = false;
  } else {
    problem.hidden = false;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.hidden = true;
    try {
      credential.value = JSON.stringify(await requestCredential(form));
    } catch {
      problem.hidden = false;
      return;
    }
    form.submit();
  });
}

function requestCredential({ dataset }) {
  const options = JSON.parse(dataset.options);
  if (dataset.passkey === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.creation_options.publicKey);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.request_options.publicKey);
  return navigator.credentials.get({ publicKey });
}
