/**
 * The compute worker, but it dies at a job: as often as the job's stack is followed by files named
 * input-2.tif, input-3.tif, …, one of which it takes away each time.
 */
import "../../src/service/compute_worker.ts";

const answer = self.onmessage!;
self.onmessage = (event: MessageEvent) => {
  const { name, argument } = event.data;
  if (name === "work" && takeOne(argument.folder)) {
    setTimeout(() => {
      throw new Error("the card fell off the bus");
    }, 50);
  }
  return answer.call(self, event);
};

function takeOne(folder: string): boolean {
  const life = [...Deno.readDirSync(folder)].find(({ name }) => /^input-[2-9]/.test(name));
  if (life) Deno.removeSync(`${folder}/${life.name}`);
  return life !== undefined;
}
