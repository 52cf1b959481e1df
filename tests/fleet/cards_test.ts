import assert from "assert";
import { inTemporaryFolder } from "../support/cli.ts";
import {
  type AdapterFacts,
  type Card,
  chooseCards,
  mergeVisible,
  type VisibleAdapters,
} from "../../src/fleet/cards.ts";
import { choosesBySlot, driverFiles, pciCards } from "../../src/fleet/drivers.ts";

function facts(name: string, vendor: string, device: string): AdapterFacts {
  const type = device === "0" ? "software" : "gpu";
  return {
    name,
    vendor,
    device,
    type,
    architecture: "",
    features: [],
    maxBufferSize: 1,
    maxBindingSize: 1,
    subgroupSize: 32,
  };
}

const seen = (driver: string, ...adapters: AdapterFacts[]): VisibleAdapters => ({
  environment: { VK_DRIVER_FILES: driver },
  adapters,
});
const RADV = facts("AMD Radeon RX 7900 (RADV NAVI31)", "4098", "29772");
const AMDVLK = facts("AMD Radeon RX 7900", "4098", "29772");
const H100 = facts("NVIDIA H100", "4318", "9008");
const LAVAPIPE = facts("llvmpipe (LLVM 15)", "65541", "0");
const names = (cards: readonly Card[]) => cards.map(({ index, name }) => `${index} ${name}`);

Deno.test("a card that two drivers show is counted once, and GPUs come before software", () => {
  const looks = [seen("lvp.json", LAVAPIPE), seen("radv.json", RADV), seen("amdvlk.json", AMDVLK)];
  const cards = mergeVisible(looks, [{ slot: "0000:03:00.0", model: "4098:29772" }]);
  assert.deepEqual(names(cards), ["0 AMD Radeon RX 7900 (RADV NAVI31)", "1 llvmpipe (LLVM 15)"]);
  assert.deepEqual(cards[0].environment, { VK_DRIVER_FILES: "radv.json" });
});

Deno.test("two identical cards are two, each addressed by its slot", () => {
  const slots = ["0000:17:00.0", "0000:65:00.0"];
  const pci = slots.map((slot) => ({ slot, model: "4318:9008" }));
  const cards = mergeVisible([seen("nvidia.json", H100)], pci);
  assert.deepEqual(cards.map(({ slot }) => slot), slots);
  assert.deepEqual(cards.map(({ environment }) => environment.DRI_PRIME), [
    ...["pci-0000_17_00_0", "pci-0000_65_00_0"],
  ]);
  for (const { environment } of cards) {
    assert.equal(environment.VK_DRIVER_FILES, "nvidia.json");
    assert.equal(environment.MESA_VK_DEVICE_SELECT_FORCE_DEFAULT_DEVICE, "1");
  }
});

Deno.test("where the PCI bus does not tell, cards of one model are one", () => {
  assert.deepEqual(names(mergeVisible([seen("nvidia.json", H100, H100)], [])), ["0 NVIDIA H100"]);
});

Deno.test("a list names cards by index and by part of a name, each once", () => {
  const cards = mergeVisible([seen("a", LAVAPIPE), seen("b", H100), seen("c", RADV)], []);
  const chosen = (wanted: string) => chooseCards(wanted, cards).map(({ index }) => index);
  assert.deepEqual(chosen("all"), [0, 1], "software only where there is nothing else");
  assert.deepEqual(chosen("2, h100,0"), [2, 0]);
  assert.deepEqual(chooseCards("all", cards.slice(2)).length, 1);
  assert.throws(() => chooseCards("0,tpu", cards), /There is no adapter tpu; there are 0 \(NVIDIA/);
  assert.throws(() => chooseCards("", cards), /There is no adapter ""/);
});

Deno.test("drivers are found where Vulkan's loader would find them", () =>
  inTemporaryFolder(async (folder) => {
    const icd = `${folder}/share/vulkan/icd.d`;
    await Deno.mkdir(icd, { recursive: true });
    for (const name of ["nvidia.json", "lvp.json", "notes.txt"]) {
      await Deno.writeTextFile(`${icd}/${name}`, "{}");
    }
    const found = (variables: Record<string, string>) => driverFiles((name) => variables[name]);
    const both = [`${icd}/lvp.json`, `${icd}/nvidia.json`];
    const own = found({ XDG_DATA_HOME: `${folder}/share` });
    assert.deepEqual(own.filter((file) => file.startsWith(folder)), both);
    assert.deepEqual(found({ VK_DRIVER_FILES: icd }), both);
    assert.deepEqual(found({ VK_ICD_FILENAMES: both[1], VK_ADD_DRIVER_FILES: both[0] }), both);
    assert.deepEqual(found({ VK_DRIVER_FILES: `${folder}/none.json` }), []);
  }));

Deno.test("cards on the PCI bus count where their device file is here, and by slot where a layer does it", () =>
  inTemporaryFolder(async (root) => {
    const device = async (slot: string, kind: string) => {
      const folder = `${root}/sys/bus/pci/devices/${slot}`;
      await Deno.mkdir(folder, { recursive: true });
      const values = { class: kind, vendor: "0x10de", device: "0x2330" };
      for (const [name, value] of Object.entries(values)) {
        await Deno.writeTextFile(`${folder}/${name}`, `${value}\n`);
      }
    };
    await device("0000:01:00.0", "0x030200");
    await device("0000:02:00.0", "0x030200");
    await device("0000:03:00.0", "0x030000");
    await device("0000:04:00.0", "0x020000");
    for (const [slot, minor] of [["0000:01:00.0", 0], ["0000:02:00.0", 1]]) {
      const folder = `${root}/proc/driver/nvidia/gpus/${slot}`;
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(`${folder}/information`, `Model: H100\nDevice Minor: \t ${minor}\n`);
    }
    await Deno.mkdir(`${root}/dev/dri/by-path`, { recursive: true });
    await Deno.writeTextFile(`${root}/dev/nvidia1`, "");
    await Deno.writeTextFile(`${root}/dev/dri/by-path/pci-0000:03:00.0-render`, "");
    assert.deepEqual(pciCards(root), [
      { slot: "0000:02:00.0", model: "4318:9008" },
      { slot: "0000:03:00.0", model: "4318:9008" },
    ]);
    assert.deepEqual(pciCards(`${root}/nowhere`), []);

    assert.equal(choosesBySlot(root), false);
    const layers = `${root}/usr/share/vulkan/implicit_layer.d`;
    await Deno.mkdir(layers, { recursive: true });
    await Deno.writeTextFile(`${layers}/VkLayer_MESA_device_select.json`, "{}");
    assert.equal(choosesBySlot(root), true);
  }));
