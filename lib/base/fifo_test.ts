import assert from "node:assert/strict";
import fc from "fast-check";
import { Fifo } from "./fifo.ts";

Deno.test("Fifo agrees with an array", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 300, size: "max" }), (steps) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      steps.forEach((step, i) => {
        if (step === 0) {
          fifo.clear();
          model = [];
        } else if (step < 5 && model.length > 0) assert.equal(fifo.shift(), model.shift());
        else {
          fifo.push(i);
          model.push(i);
        }
        assert.equal(fifo.length, model.length);
        assert.equal(fifo.first, model[0]);
      });
      const left: number[] = [];
      fifo.forEach((item) => left.push(item));
      assert.deepEqual(left, model);
    }),
  );
});
