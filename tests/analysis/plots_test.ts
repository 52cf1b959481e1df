import assert from "assert";
import { boxPlot, scatterPlot, spectrumPlot } from "../../src/analysis/plots.ts";

const WORDS = { title: "A < B", x: "truth (µm³)", y: "prediction (µm³)" };

Deno.test("a scatter plot has a point for each cell, named, and words that XML bears", async () => {
  const svg = await scatterPlot(
    [{ name: "1 → <2>", x: 1, y: 2 }, { name: "3 → 4", x: 5, y: 5 }],
    WORDS,
  );
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.equal(svg.match(/<circle /g)?.length, 2);
  assert.ok(svg.includes("<title>1 → &lt;2&gt;</title>"));
  assert.ok(svg.includes("A &lt; B") && svg.includes("truth (µm³)"));
});

Deno.test("a box plot has a median for each group and shows values beyond the whiskers", async () => {
  const svg = await boxPlot([
    { name: "truth", values: [1, 2, 3, 4, 5, 30] },
    { name: "prediction", values: [2, 3, 4] },
  ], WORDS);
  assert.equal(svg.match(/<circle /g)?.length, 1, "30 lies beyond");
  const medians = svg.match(/<g[^>]*stroke="#d62728"[^>]*>(.*?)<\/g>/s)?.[1] ?? "";
  assert.equal(medians.match(/<line /g)?.length, 2);
});

Deno.test("a spectrum plot has a line for each nucleus and one for their mean", async () => {
  const svg = await spectrumPlot([
    { name: "1", powers: [0.1, 0.01] },
    { name: "2", powers: [0.2, 0.03] },
  ], WORDS);
  const lines = svg.match(/<path d="M[^"]*L/g) ?? [];
  assert.ok(lines.length >= 3, svg);
});

Deno.test("a plot of nothing is still a picture", async () => {
  assert.match(await scatterPlot([], WORDS), /^<svg /);
  assert.match(await spectrumPlot([], WORDS), /^<svg /);
});
