import assert from "assert";
import { withAddresses } from "../../scripts/bundle.ts";

Deno.test("a bundle starts the bundles beside it, wherever their sources lay", () => {
  const text = 'new URL("./worker.ts",import.meta.url),new URL( "../http/service.ts", ' +
    'import.meta.url ),new URL("http://localhost")';
  assert.equal(
    withAddresses(text, ["worker", "service"]),
    'new URL("./worker.js",import.meta.url),new URL("./service.js",import.meta.url),' +
      'new URL("http://localhost")',
  );
});

Deno.test("a module that is started and has no bundle stops the release", () => {
  assert.throws(
    () => withAddresses('new URL("./worker.ts",import.meta.url)', []),
    /no bundle of \.\/worker\.ts/,
  );
});
