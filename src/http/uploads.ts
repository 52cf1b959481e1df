import { Busboy } from "@fastify/busboy";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { limitedBody } from "./limits.ts";
import { Problem } from "./problem.ts";
import type { Limits } from "./services.ts";

/** A file of a request, to be read to its end before the next. */
export interface Upload {
  /** The name of the form's field; "" where the file is the body. */
  readonly field: string;
  /** What the client calls the file; "" where it does not say. */
  readonly name: string;
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * Reads the files of a request's body as they come: the body itself, of one of the types where any
 * are named, or a form's files.
 */
export function uploads(
  request: Request,
  types: readonly string[],
  limits: Pick<Limits, "bodyBytes" | "uploadIdleSeconds">,
): AsyncGenerator<Upload> {
  const type = (request.headers.get("Content-Type") ?? "").split(";")[0].trim().toLowerCase();
  if (type === "multipart/form-data") return formFiles(request, limitedBody(request, limits));
  if (type === "" || types.length === 0 || types.includes(type)) {
    return single(limitedBody(request, limits));
  }
  throw new Problem(
    415,
    `The body must be ${types.join(", ")} or multipart/form-data, not ${type}.`,
  );
}

async function* single(body: ReadableStream<Uint8Array>): AsyncGenerator<Upload> {
  yield await Promise.resolve({ field: "", name: "", body });
}

async function* formFiles(
  request: Request,
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<Upload> {
  const parser = parserOf(request);
  const opened: Readable[] = [];
  let given = false;
  yield* new ReadableStream<Upload>({
    start(controller) {
      parser.on("file", (field, stream, name) => {
        opened.push(stream);
        controller.enqueue({ field, name: name ?? "", body: Readable.toWeb(stream) });
      });
      pipeline(Readable.fromWeb(body), parser).then(() => given || controller.close(), (error) => {
        const problem = error instanceof Problem ? error : brokenForm();
        for (const stream of opened) stream.destroy(problem);
        controller.error(problem);
      });
    },
    // The reader has what it wants, or will have no more.
    cancel() {
      given = true;
      parser.destroy();
    },
  });
}

function parserOf(request: Request): Busboy {
  try {
    return new Busboy({
      headers: { "content-type": request.headers.get("Content-Type")! },
      limits: { fields: 0, headerPairs: 20 },
    });
  } catch {
    throw brokenForm();
  }
}

function brokenForm(): Problem {
  return new Problem(400, "The form is cut or no multipart/form-data; send it again.");
}
