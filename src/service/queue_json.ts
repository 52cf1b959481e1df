import type { JobProgress } from "./queue.ts";

/** The JSON of a queue's rows, which may be of another version of the service, or damaged. */

/** What was an object; without any field where it was something else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** How far a job is; undefined where that is not said. */
export function progressOf(value: unknown): JobProgress | undefined {
  const { done, total, secondsLeft } = recordOf(value);
  if (typeof done !== "number" || typeof total !== "number") return undefined;
  return typeof secondsLeft === "number" ? { done, total, secondsLeft } : { done, total };
}

/** What came of a job; undefined where that is not said. */
export function resultOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return value === null || value === undefined ? undefined : recordOf(value);
}
