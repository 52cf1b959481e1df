const START = new TextEncoder().encode("version https://git-lfs.github.com/");

/** Whether these are the first bytes of a Git LFS pointer: the text that stands in for a file. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  return START.every((byte, i) => bytes[i] === byte);
}

/** What it is and what to do, after "it is". */
export const LFS_ADVICE = "a pointer of Git LFS, not the file itself: run git lfs pull to get it";
