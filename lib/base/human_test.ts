import assert from "node:assert/strict";
import { bytesToHuman } from "./human.ts";

Deno.test("bytesToHuman: each unit, at its edges", () => {
  const cases: [number, string][] = [
    [0, "0B"],
    [1023, "1023B"],
    [1024, "1.00K"],
    [1536, "1.50K"],
    [1048575, "1024.00K"],
    [1048576, "1.00M"],
    [871864, "851.43K"],
    [1024 ** 3 - 1, "1024.00M"],
    [1024 ** 3, "1.00G"],
    [15.5 * 1024 ** 3, "15.50G"],
    [1024 ** 4, "1.00T"],
    [1024 ** 5, "1.00P"],
    [1024 ** 6, "1152921504606846976B"],
  ];
  for (const [bytes, text] of cases) assert.equal(bytesToHuman(bytes), text);
});

Deno.test("bytesToHuman: ties go to the even digit", () => {
  const eighths = [128, 384, 640, 896].map((n) => bytesToHuman(1024 + n));
  assert.deepEqual(eighths, ["1.12K", "1.38K", "1.62K", "1.88K"]);
});
