import { InputError, MachineError } from "../errors.ts";
import type { Message } from "../message.ts";

/** An error as messages carry it. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Of the system's errors: "ENOSPC". */
  readonly code?: string;
  /** Of an InputError, and of what is derived from it. */
  readonly said?: Message;
}

/** Whatever was thrown, as plain data. */
export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return packError(new Error(String(error)));
  const { name, message, stack, code } = error as Error & { code?: string };
  const said = error instanceof InputError ? error.said : undefined;
  return { name, message, stack, code, said };
}

/** An InputError is one again, and a MachineError; errors of other kinds are known by their names. */
export function unpackError({ name, message, stack, code, said }: PackedError): Error {
  const error = said !== undefined
    ? new InputError(said)
    : name === "MachineError"
    ? new MachineError(message)
    : new Error(message);
  return Object.assign(error, code === undefined ? { name, stack } : { name, stack, code });
}
