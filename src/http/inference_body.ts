import { z } from "@hono/zod-openapi";
import { InputError } from "../core.ts";
import { concatenate } from "./bytes.ts";

/**
 * Requests and answers of the Open Inference Protocol v2, with its binary extension: JSON of a
 * stated length, and after it the tensors that say `binary_data_size`, little-endian, in order.
 */

const Parameters = z.looseObject({
  binary_data_size: z.int().min(0).optional(),
  binary_data: z.boolean().optional(),
  binary_data_output: z.boolean().optional(),
});

export const InferRequest = z.object({
  id: z.string().optional(),
  parameters: Parameters.optional(),
  inputs: z.array(z.object({
    name: z.string(),
    shape: z.array(z.int().min(1)).min(1),
    datatype: z.literal("FP32"),
    parameters: Parameters.optional(),
    data: z.array(z.unknown()).optional().openapi({ description: "Flat or nested numbers." }),
  })).min(1),
  outputs: z.array(z.object({ name: z.literal("slice"), parameters: Parameters.optional() }))
    .optional(),
}).openapi("InferRequest");

export const InferResponse = z.object({
  model_name: z.string(),
  id: z.string().optional(),
  outputs: z.array(z.object({
    name: z.string(),
    shape: z.array(z.int()),
    datatype: z.literal("FP32"),
    parameters: Parameters.optional(),
    data: z.array(z.number()).optional(),
  })),
}).openapi("InferResponse");

/** A tensor of a request. */
export interface InferTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** What a request asks for. */
export interface Inference {
  readonly id?: string;
  readonly inputs: ReadonlyMap<string, InferTensor>;
  /** True where a binary answer is wanted. */
  readonly binary: boolean;
}

/** Reads a request; throws an InputError for what does not hold together. */
export function readInference(
  bytes: Uint8Array<ArrayBuffer>,
  headerLength: number | undefined,
): Inference {
  const end = headerLength ?? bytes.length;
  if (end > bytes.length) {
    throw new InputError(`The body has ${bytes.length} bytes, its header says ${end}.`);
  }
  const request = parse(bytes.subarray(0, end));
  let at = end;
  const inputs = new Map<string, InferTensor>();
  for (const { name, shape, data, parameters } of request.inputs) {
    const size = parameters?.binary_data_size;
    if ((size === undefined) === (data === undefined)) {
      throw new InputError(`The input ${name} needs data, or binary_data_size, one of the two.`);
    }
    const values = size === undefined ? numbersOf(data!, name) : floats(bytes, at, size, name);
    at += size ?? 0;
    const expected = shape.reduce((a, b) => a * b, 1);
    if (values.length !== expected) {
      throw new InputError(
        `The input ${name} has ${values.length} values, its shape [${shape}] ${expected}.`,
      );
    }
    if (!values.every(Number.isFinite)) {
      throw new InputError(`The input ${name} holds NaN or infinity.`);
    }
    inputs.set(name, { shape, data: values });
  }
  if (at !== bytes.length) throw new InputError(`${bytes.length - at} bytes follow the tensors.`);
  const { binary_data: own } = request.outputs?.[0]?.parameters ?? {};
  const binary = own ?? request.parameters?.binary_data_output ?? false;
  return { id: request.id, inputs, binary };
}

/** The answer's bytes, with the length of their JSON where tensors follow it. */
export function writeInference(
  model: string,
  { id, binary }: Inference,
  { shape, data }: InferTensor,
): { readonly body: Uint8Array<ArrayBuffer>; readonly headerLength?: number } {
  const output = { name: "slice", shape, datatype: "FP32" };
  const values = binary
    ? { parameters: { binary_data_size: data.byteLength } }
    : { data: Array.from(data) };
  const answer = { model_name: model, id, outputs: [{ ...output, ...values }] };
  const json = new TextEncoder().encode(JSON.stringify(answer));
  if (!binary) return { body: json };
  return { body: concatenate([json, new Uint8Array(data.buffer)]), headerLength: json.length };
}

function parse(bytes: Uint8Array): z.output<typeof InferRequest> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new InputError(
      "The body is not JSON; tensors after it need Inference-Header-Content-Length.",
    );
  }
  const result = InferRequest.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new InputError(`${path.join(".") || "The request"}: ${message}.`);
}

function floats(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  size: number,
  name: string,
): Float32Array<ArrayBuffer> {
  if (size % 4 === 0 && at + size <= bytes.length) {
    return new Float32Array(bytes.slice(at, at + size).buffer);
  }
  throw new InputError(`The input ${name} says ${size} bytes, and ${bytes.length - at} are there.`);
}

function numbersOf(data: readonly unknown[], name: string): Float32Array<ArrayBuffer> {
  const values = data.flat(3);
  if (values.every((value) => typeof value === "number")) return Float32Array.from(values);
  throw new InputError(`The input ${name} must be numbers, flat or nested by its shape.`);
}
