import assert from "assert";
import type { ComputeLane } from "../../src/service/compute_lane.ts";
import { JobRunner } from "../../src/service/job_runner.ts";
import { JobTimer } from "../../src/service/job_times.ts";
import { until } from "./compute_fixture.ts";
import { withData } from "./data.ts";
import { DONE, job } from "./queue_fixture.ts";

Deno.test("a job that is done while the queue's disk is full is not done again, but noted later", () =>
  withData(async ({ queue, data }) => {
    const said: string[] = [];
    const finish = queue.finish.bind(queue);
    queue.finish = () => {
      queue.finish = finish;
      return Promise.reject(new Error("The disk of the job queue is full."));
    };
    let done = 0;
    const lane = {
      ready: () => Promise.resolve(),
      work: () => Promise.resolve((done++, DONE)),
    } as unknown as ComputeLane;
    const say = (line: string) => void said.push(line);
    const runner = new JobRunner({ name: "w", queue, data, lane, timer: new JobTimer(), say });
    const running = runner.run();
    const id = crypto.randomUUID();
    await queue.add(job(id));
    const { attempts } = await until({ queue }, id, "succeeded");
    runner.stop();
    await running;
    assert.deepEqual([done, attempts], [1, 1]);
    assert.deepEqual(said, [
      "A job that is done can't be noted in the queue yet: The disk of the job queue is full.",
    ]);
  }));
