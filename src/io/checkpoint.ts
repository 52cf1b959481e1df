import { isLfsPointer, LFS_ADVICE } from "./lfs.ts";
import { looksLikeSafetensors, readSafetensors } from "./safetensors.ts";
import { readTorchValue } from "./torch_checkpoint.ts";
import { TorchTensor, type TorchValue, UnreadableTensor } from "./torch_values.ts";
import { type Checkpoint, CheckpointError, type WeightTensor } from "./weights.ts";
import { looksLikeZip } from "./zip.ts";

const DEEPEST = 32;
const MOST_VALUES = 200_000;
const LONGEST_NAME = 1000;

/**
 * Reads a checkpoint of either kind, told apart by its content: safetensors, or a file of
 * torch.save. `name` is what errors call it.
 * Throws a {@link CheckpointError} of one sentence that begins with "Cannot read <name>".
 */
export function readCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  try {
    return readEither(bytes);
  } catch (cause) {
    if (!(cause instanceof CheckpointError)) throw cause;
    throw new CheckpointError(`Cannot read ${name}: ${cause.message}`, { cause });
  }
}

function readEither(bytes: Uint8Array): Checkpoint {
  if (bytes.length === 0) throw new CheckpointError("it is empty");
  if (isLfsPointer(bytes)) throw new CheckpointError(`it is ${LFS_ADVICE}`);
  if (looksLikeSafetensors(bytes)) return readSafetensors(bytes);
  if (looksLikeZip(bytes)) return flatten(readTorchValue(bytes));
  if (bytes[0] === 0x80) {
    throw new CheckpointError(
      "it is in torch.save's format from before PyTorch 1.6; in a newer PyTorch, run " +
        "torch.save(torch.load(path, weights_only=True), path)",
    );
  }
  throw new CheckpointError("it is neither a safetensors file nor one of torch.save");
}

/**
 * Lays a nested torch value out flat: tensors by their dotted names, and beside them the names of
 * what is none; of a dictionary or list without a tensor, only its own name.
 */
function flatten(root: TorchValue): Checkpoint {
  const weights = new Map<string, WeightTensor>();
  const ignored: string[] = [];
  let visited = 0;

  function visit(value: TorchValue, name: string, depth: number): void {
    if (++visited > MOST_VALUES) throw new CheckpointError("it nests more values than a model has");
    if (depth > DEEPEST) throw new CheckpointError(`it is nested more than ${DEEPEST} deep`);
    if (name.length > LONGEST_NAME) {
      throw new CheckpointError(`it has a name of more than ${LONGEST_NAME} characters`);
    }
    if (value instanceof TorchTensor) {
      if (weights.has(name)) throw new CheckpointError(`it has two tensors called ${name}`);
      weights.set(name, value);
    } else if (value instanceof Map || Array.isArray(value)) {
      const tensors = weights.size;
      const others = ignored.length;
      for (const [key, item] of value.entries()) visit(item, join(name, key), depth + 1);
      if (weights.size === tensors && name) ignored.splice(others, Infinity, name);
    } else {
      ignored.push(value instanceof UnreadableTensor ? `${name} (${value.reason})` : name);
    }
  }

  visit(root, "", 0);
  if (weights.has("")) throw new CheckpointError("it holds one tensor without a name");
  if (weights.size === 0) throw new CheckpointError("it holds no tensor");
  return { format: "torch", weights, metadata: {}, ignored };
}

function join(name: string, key: TorchValue): string {
  const text = typeof key === "object" && key !== null ? "?" : String(key);
  return name ? `${name}.${text}` : text;
}
