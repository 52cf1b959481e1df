/**
 * Something the user gave is wrong: a file, a flag, a model. The message is one sentence (or a
 * short list) that says what is wrong, where, and what to do. The CLI ends with code 2, the HTTP
 * API answers a problem document; any other error is a fault of ours.
 */
export class InputError extends Error {
  override name = "InputError";
}
