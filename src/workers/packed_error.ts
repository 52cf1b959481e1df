import { InputError } from "../errors.ts";

/** An error as messages carry it. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** True of an InputError, and of what is derived from it. */
  readonly ofInput: boolean;
}

/** Whatever was thrown, as plain data. */
export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return packError(new Error(String(error)));
  const { name, message, stack } = error;
  return { name, message, stack, ofInput: error instanceof InputError };
}

/** An InputError is one again; errors of other kinds are known by their names. */
export function unpackError({ name, message, stack, ofInput }: PackedError): Error {
  const error = ofInput ? new InputError(message) : new Error(message);
  return Object.assign(error, { name, stack });
}
