import { Buffer } from "node:buffer";

/** Plain data with bytes in it, such as colour tables, as JSON. */
export function jsonWithBytes(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part) =>
      part instanceof Uint8Array ? { base64: Buffer.from(part).toString("base64") } : part,
    1,
  );
}

/** Reads what {@link jsonWithBytes} wrote. Throws a SyntaxError for what is no JSON. */
export function parseWithBytes(text: string): unknown {
  return JSON.parse(text, (_, part) => {
    const { base64, ...others } = typeof part === "object" && part !== null ? part : {};
    const isBytes = typeof base64 === "string" && Object.keys(others).length === 0;
    return isBytes ? new Uint8Array(Buffer.from(base64, "base64")) : part;
  });
}
