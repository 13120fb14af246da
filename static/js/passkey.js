// Passkeys. A form says what is asked of the browser (data-passkey: create or get) and how (data-options); what the
// browser answers is sent with the form. Without scripts, or where there are no passkeys, the button stays hidden.

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
      credential.value = JSON.stringify(await ask(form));
    } catch {
      problem.hidden = false;
      return;
    }
    form.submit();
  });
}

function ask({ dataset }) {
  const asked = JSON.parse(dataset.options);
  if (dataset.passkey === "create") {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.creation_options.publicKey);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.request_options.publicKey);
  return navigator.credentials.get({ publicKey });
}
