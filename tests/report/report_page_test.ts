import assert from "assert";
import { decode } from "fast-png";
import { evaluateStack } from "../../src/evaluation/evaluate.ts";
import { holdOut } from "../../src/evaluation/held_out.ts";
import { ReportFigures } from "../../src/report/figures.ts";
import { html } from "../../src/report/html.ts";
import { type Report, reportPage } from "../../src/report/report_page.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "../prediction/stand_ins.ts";

const [depth, side] = [11, 64];

async function report(name: string): Promise<Report> {
  const reader = Object.assign(
    new FakeReader(
      stackInfo([1, 1, depth, side, side]),
      (_t, _c, z, i) => Math.round(100 + 90 * Math.sin(z / 2 + i / 9) + (z === 7 ? i % 5 : 0)),
    ),
    { name },
  );
  const figures = new ReportFigures(reader.info, holdOut(reader, 2));
  const evaluation = await evaluateStack(reader, new LinearInterpolator(), {
    uncertainty: true,
    onSlice: (slice) => figures.add(slice),
  });
  return {
    network: "ZAugNet+",
    facts: { Program: "zaugnet 0", Adapter: "none" },
    stacks: [{ evaluation, sha256: "0".repeat(64), figures: figures.draw("ZAugNet+") }],
    fid: { images: 5, distances: { linear: 3.25, network: 1.5 } },
  };
}

Deno.test("the report is one page: tables, pictures, plots and how it was made, nothing from elsewhere", async () => {
  const made = await report("cells.tif");
  const page = await reportPage(made);
  assert.match(page, /^<!DOCTYPE html>/);
  assert.doesNotMatch(page, /<script|<link|(src|href)="(?!data:)/);
  const { scores } = made.stacks[0].evaluation;
  for (const method of ["nearest", "linear", "cubic", "network"]) {
    const shown = page.match(new RegExp(`<tr class="${method}">.*?</tr>`, "s"))?.[0] ?? "";
    assert.ok(shown.includes(`>${scores[method].psnr.toFixed(2)}<`), `${method} in ${shown}`);
    assert.match(shown, /\d ± \d/, "intervals over slices");
  }
  assert.equal(
    page.match(/<svg/g)?.length,
    2,
    "a plot of the slices, one of the spread's reliability",
  );
  assert.match(page, /<b>\d+\.\d\d dB (above|below)<\/b> the better of linear/);
  assert.match(page, /Few images:.*5 on either side/s);
  assert.match(page, /<td>1.50<\/td>/);
  assert.match(page, /<th>Adapter<\/th>\s*<td>none<\/td>/);
  assert.ok(page.includes("0".repeat(64)));
});

Deno.test("the report's pictures are the truth, both predictions and what they are off", async () => {
  const page = await reportPage(await report("cells.tif"));
  const images = [...page.matchAll(/alt="([^"]*)" src="data:image\/png;base64,([^"]+)"/g)];
  const names = images.slice(0, 5).map(([, name]) => name);
  assert.deepEqual(names, [
    ...["truth", "ZAugNet+", "linear", "|ZAugNet+ − truth|", "|linear − truth|"],
  ]);
  const decoded = images.map(([, , data]) => decode(Uint8Array.fromBase64(data)));
  assert.ok(decoded.length === 10 || decoded.length === 15);
  const [truth, network, linear] = decoded;
  assert.equal(truth.width, 4 * side, "small pictures are enlarged");
  const apart = Array.from(truth.data, (value, i) => Math.abs(value - network.data[i]));
  const mean = apart.reduce((sum, value) => sum + value) / apart.length;
  assert.ok(mean > 0 && mean < 40, `${mean} grey levels`);
  // The network is a blend here.
  const off = Array.from(linear.data, (value, i) => Math.abs(value - network.data[i]));
  assert.ok(Math.max(...off) <= 1, `${Math.max(...off)}`);
});

Deno.test("what a stack is called cannot become part of the page", async () => {
  const page = await reportPage(await report(`<script>alert("a&b")</script>.tif`));
  assert.doesNotMatch(page, /<script/);
  assert.ok(page.includes("&lt;script&gt;alert(&quot;a&amp;b&quot;)&lt;/script&gt;.tif"));
  assert.equal(html`${["<", html`<b>${1}</b>`, undefined]}`.text, "&lt;<b>1</b>");
});
