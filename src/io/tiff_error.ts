import { InputError } from "../errors.ts";
import { type Message, phrase } from "../message.ts";

/** Why a TIFF is not read: its bytes contradict themselves, or it uses what is not supported. */
export type TiffFault = "damaged" | "unsupported";

/** A TIFF, or one plane of it, that is not read; the message says what is wrong and where. */
export class TiffError extends InputError {
  override name = "TiffError";

  constructor(
    /** The file's name. */
    readonly file: string,
    readonly fault: TiffFault,
    reason: Message,
    options?: ErrorOptions,
  ) {
    super(phrase`Cannot read ${file}: ${reason}`, options);
  }
}

/** The bytes contradict themselves: cut, overwritten or hostile. */
export function damaged(file: string, reason: Message, cause?: unknown): TiffError {
  return new TiffError(file, "damaged", reason, { cause });
}

/** The file may be in order, but uses something this reader does not know. */
export function unsupported(file: string, reason: Message): TiffError {
  return new TiffError(file, "unsupported", reason);
}
