import { byId } from "./dom.ts";

let asking: Promise<string | undefined> | undefined;

/** Asks the user for the server's token, once for all requests that wait for it. */
export function askToken(wasWrong: boolean): Promise<string | undefined> {
  return asking ??= ask(wasWrong).finally(() => asking = undefined);
}

function ask(wasWrong: boolean): Promise<string | undefined> {
  const dialog = byId("token-dialog", HTMLDialogElement);
  const input = byId("token", HTMLInputElement);
  input.value = "";
  if (wasWrong) byId("token-says", HTMLElement).textContent = "The server did not take that token.";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "enter" ? input.value.trim() : undefined),
      { once: true },
    )
  );
}
