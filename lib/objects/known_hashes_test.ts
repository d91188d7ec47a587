import assert from "node:assert/strict";
import fc from "fast-check";
import { KnownHashes } from "./known_hashes.ts";

/** What `find` tells of a place: its hash, or undefined. */
function lookUp(known: KnownHashes, buf: Uint8Array, off: number, len: number): number | undefined {
  const slot = buf === known.buf ? known.find(off, len) : -1;
  return slot < 0 ? undefined : known.hashes[slot];
}

Deno.test("known hashes: never another than the one that was put for that place since the last forget", () => {
  const place = fc.record({ off: fc.nat(5000), len: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(fc.oneof(place, fc.constant("forget" as const)), { maxLength: 200 }), (acts) => {
      const known = new KnownHashes();
      const buf = new Uint8Array(8);
      const other = new Uint8Array(8);
      const put = new Map<string, number>();
      let hash = 0;
      for (const act of acts) {
        if (act === "forget") {
          known.forget();
          put.clear();
          continue;
        }
        const { off, len } = act;
        const before = lookUp(known, buf, off, len);
        if (before !== undefined) assert.equal(before, put.get(`${off} ${len}`));
        known.put(buf, off, len, --hash);
        put.set(`${off} ${len}`, hash);
        assert.equal(lookUp(known, buf, off, len), hash);
        assert.equal(lookUp(known, other, off, len), undefined);
        assert.equal(lookUp(known, buf, off, len + 1), undefined);
      }
    }),
  );
});

Deno.test("known hashes: nothing is known at first, nor of an empty buffer", () => {
  const known = new KnownHashes();
  assert.equal(lookUp(known, known.buf, 0, 0), undefined);
  assert.equal(lookUp(known, new Uint8Array(0), 0, 0), undefined);
});
