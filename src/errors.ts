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

/**
 * The machine can't do what was asked, whatever the user gave: its disk is full, it has no driver.
 * It says so in one sentence, as an {@link InputError} does; the CLI ends with code 1.
 */
export class MachineError extends Error {
  override name = "MachineError";
}
