import assert from "assert";
import { writeSafetensors } from "../../src/io/safetensors.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { golden } from "../support/shared.ts";
import { writeStack } from "../support/stacks.ts";

/** Files that every case finds in its folder. */
async function prepare(folder: string) {
  await writeStack(`${folder}/a.tif`);
  await writeStack(`${folder}/b.tif`);
  await Deno.writeTextFile(`${folder}/text.txt`, "no model");
  const first = { shape: [4, 2, 3, 3], data: new Float32Array(72) };
  const weights = new Map([["block0.conv0.0.0.weight", first]]);
  await Deno.writeFile(`${folder}/small.safetensors`, writeSafetensors(weights));
}

/** Runs the command line in a folder of its own: `@` is the folder. */
function refuses(what: string, args: string, sentence: RegExp, ignore = false) {
  Deno.test({
    name: `zaugnet refuses ${what} with one sentence, exit code 2 and no output`,
    ignore,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        await prepare(folder);
        const { code, stdout, stderr } = await runCli(...args.replaceAll("@", folder).split(" "));
        assert.match(stderr, sentence);
        assert.equal(stderr.match(/^error: /gm)?.length, 1, stderr);
        assert.doesNotMatch(stderr, /\n {4}at /, "no trace of the program");
        assert.deepEqual([code, stdout], [2, ""]);
        const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
        assert.deepEqual(left, ["a.tif", "b.tif", "small.safetensors", "text.txt"]);
      }),
  });
}

const stack = "predict @/a.tif --model @/small.safetensors --output @/out.tif";

refuses(
  "a stack that is missing",
  "predict @/c.tif -m x -o @/out.tif",
  /There is no file .*c\.tif/,
);
refuses(
  "a pattern that matches nothing",
  "predict @/*.png -m x -o @/out",
  /No file matches .*\*\.png/,
);
refuses(
  "a model that is missing",
  "predict @/a.tif -m @/no.pt -o @/out.tif",
  /There is no file .*no\.pt/,
);
refuses(
  "the name of a model that there is not",
  "predict @/a.tif -m membranes -o @/out.tif",
  /There is no file membranes, nor a model of that name; there are zaugnet, zaugnet\+/,
);
refuses(
  "a model that is none",
  "predict @/a.tif --model @/text.txt --output @/out.tif",
  /text\.txt: it is neither a safetensors file nor one of torch\.save/,
);
refuses(
  "a model of another shape",
  stack,
  /missing: .*of another shape: .*is \[4,2,3,3\], expected \[120,2,3,3\]/,
);

const hostile = golden("checkpoint_hostile.pt");
refuses(
  "a pickle that would run a command",
  `predict @/a.tif --model ${hostile} --output @/out.tif`,
  /posix\.system, which is not data and is not run/,
  !hostile,
);
refuses(
  "both --factor and --dpm",
  `${stack} --factor 2 --dpm 0.5`,
  /Give one of --factor, --dpm and --spacing/,
);
refuses(
  "both --normalization and --range",
  `${stack} --normalization stack --range 0,9`,
  /'--normalization <kind>' cannot be used with option '--range <lo,hi>'/,
);
refuses("a range upside down", `${stack} --range 9,0`, /two numbers, the lower first/);
refuses("a factor that is not a number", `${stack} --factor two`, /whole number of at least 1/);
refuses("a precision of another name", `${stack} --precision f64`, /auto, f32, f16/);
refuses("a normalisation of another name", `${stack} --normalization max`, /dtype, stack/);
refuses("a flag that is mistyped", `${stack} --facter 2`, /Did you mean --factor\?/);
refuses("a command that is mistyped", "predcit @/a.tif", /Did you mean predict\?/);
refuses(
  "an output that is the input",
  "predict @/a.tif -m x -o @/./a.tif",
  /would replace an input/,
);
refuses(
  "several stacks with one output file",
  "predict @/a.tif @/b.tif -m x -o @/out.tif",
  /2 stacks need a folder as --output/,
);
refuses(
  "an output of another kind",
  "predict @/a.tif -m x -o @/out.png",
  /written as \.tif or \.ome\.tif/,
);
refuses("to convert into another kind", "convert @/a.pt @/b.pt", /written as \.safetensors only/);
refuses(
  "to convert a model into itself",
  "convert @/small.safetensors @/small.safetensors",
  /would replace the input/,
);
refuses("info of a file that is missing", "info @/c.tif", /There is no file .*c\.tif/);

/** These need a model that fits; it comes from outside the folder. */
const model = formulaModelFile("zaugnet");
const whole = `predict @/a.tif --model ${model} --output @/out.tif`;

refuses(
  "--factor 3 with a ZAugNet model",
  `${whole} --factor 3`,
  /--factor 3 needs a ZAugNet\+ model.*it can do --factor 4/,
);
refuses(
  "--dpm with a ZAugNet model",
  `${whole} --dpm 0.25,0.5`,
  /--dpm 0\.25,0\.5 needs a ZAugNet\+ model/,
);
refuses(
  "a tile that is not a multiple of 16",
  `${whole} --tile 200`,
  /--tile must be a multiple of 16/,
);
refuses(
  "an adapter that is not there",
  `${whole} --adapter 99`,
  /There is no adapter 99; there are/,
);
