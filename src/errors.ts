import { type Face, type Message, render } from "./message.ts";

/**
 * Something the user gave is wrong: a file, an option, a model. It says in one sentence (or a short
 * list) what is wrong, where, and what to do. `message` is for those who call the API; a face
 * renders it in its own words. The CLI ends with code 2, the HTTP API answers a problem document;
 * any other error is a fault of ours.
 */
export class InputError extends Error {
  override name = "InputError";
  /** What it says, in parts that pass between threads and through JSON. */
  readonly said: Message;

  constructor(said: Message, options?: ErrorOptions) {
    super(render(said), options);
    this.said = said;
  }

  /** Its sentence in the words of a face. */
  render(face: Face): string {
    return render(this.said, face);
  }
}
