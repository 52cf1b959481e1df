/**
 * The compute worker, but it dies at a job: as often as the job's stack is followed by files named
 * input-2.tif, input-3.tif, …, one of which it takes away each time.
 */
import "../../src/service/compute_worker.ts";

self.addEventListener("message", ({ data: { name, argument } }: MessageEvent) => {
  if (name !== "work" || !takeOne(argument.folder)) return;
  setTimeout(() => {
    throw new Error("the card fell off the bus");
  }, 50);
});

function takeOne(folder: string): boolean {
  const life = [...Deno.readDirSync(folder)].find(({ name }) => /^input-[2-9]/.test(name));
  if (life) Deno.removeSync(`${folder}/${life.name}`);
  return life !== undefined;
}
