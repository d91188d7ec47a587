import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fitBig,
  fitPlain,
  OVERFLOW_FAIL,
  OVERFLOW_SAT,
  OVERFLOW_WRAP,
  PLAIN_BITS,
  readBig,
  readSigned,
  readUnsigned,
  writeBig,
  writeField,
} from "./bit_fields.ts";

/** The bits of a range as text, one character per bit. */
function bitText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

/** The field as a model reads it: cut out of the text, zeros behind the end. */
function modelRead(bytes: Uint8Array, offset: number, bits: number, signed: boolean): bigint {
  const text = bitText(bytes).padEnd(offset + bits, "0").slice(offset, offset + bits);
  const value = BigInt(`0b${text}`);
  return signed ? BigInt.asIntN(bits, value) : value;
}

const bytesAndOffset = fc.tuple(fc.uint8Array({ minLength: 0, maxLength: 24 }), fc.nat({ max: 220 }));

Deno.test("readUnsigned, readSigned: as cut out of the bit text, zeros behind the end", () => {
  fc.assert(fc.property(bytesAndOffset, fc.integer({ min: 1, max: 52 }), ([bytes, offset], bits) => {
    const framed = new Uint8Array(bytes.length + 6).fill(0xff);
    framed.set(bytes, 3);
    const end = 3 + bytes.length;
    const unsigned = readUnsigned(framed, 3, end, offset, bits);
    assert.equal(BigInt(unsigned), modelRead(bytes, offset, bits, false));
    assert.equal(BigInt(readSigned(framed, 3, end, offset, bits)), modelRead(bytes, offset, bits, true));
  }));
});

Deno.test("readBig: as cut out of the bit text", () => {
  fc.assert(
    fc.property(
      bytesAndOffset,
      fc.integer({ min: 1, max: 64 }),
      fc.boolean(),
      ([bytes, offset], bits, signed) => {
        assert.equal(
          readBig(bytes, 0, bytes.length, offset, bits, signed),
          modelRead(bytes, offset, bits, signed),
        );
      },
    ),
  );
});

Deno.test("writeField, writeBig: the field reads back, no other bit changes", () => {
  const field = fc.tuple(
    fc.uint8Array({ minLength: 17, maxLength: 24 }),
    fc.nat({ max: 70 }),
    fc.integer({ min: 1, max: 64 }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  );
  fc.assert(fc.property(field, ([bytes, offset, bits, value]) => {
    const before = bitText(bytes);
    const plain = bits <= PLAIN_BITS ? Number(BigInt.asIntN(bits, value)) : 0;
    if (bits <= PLAIN_BITS) writeField(bytes, 0, offset, bits, plain);
    else writeBig(bytes, 0, offset, bits, value);
    assert.equal(
      readBig(bytes, 0, bytes.length, offset, bits, false),
      BigInt.asUintN(bits, bits <= PLAIN_BITS ? BigInt(plain) : value),
    );
    const after = bitText(bytes);
    assert.equal(after.slice(0, offset), before.slice(0, offset));
    assert.equal(after.slice(offset + bits), before.slice(offset + bits));
  }));
});

Deno.test("fitPlain, fitBig: both follow the three rules alike", () => {
  const value = fc.oneof(fc.integer({ min: -300, max: 300 }), fc.maxSafeInteger());
  fc.assert(fc.property(value, fc.integer({ min: 1, max: PLAIN_BITS }), fc.boolean(), (n, bits, signed) => {
    const max = 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
    const min = signed ? -max - 1n : 0n;
    const exact = BigInt(n);
    const fits = exact >= min && exact <= max;
    const wrapped = fitPlain(n, bits, signed, OVERFLOW_WRAP);
    assert.equal(BigInt(wrapped), signed ? BigInt.asIntN(bits, exact) : BigInt.asUintN(bits, exact));
    const saturated = exact > max ? max : exact < min ? min : exact;
    assert.equal(BigInt(fitPlain(n, bits, signed, OVERFLOW_SAT)), saturated);
    assert.equal(Number.isNaN(fitPlain(n, bits, signed, OVERFLOW_FAIL)), !fits);
    assert.equal(fitBig(exact, bits, signed, OVERFLOW_WRAP), BigInt(wrapped));
    assert.equal(fitBig(exact, bits, signed, OVERFLOW_SAT), saturated);
    assert.equal(fitBig(exact, bits, signed, OVERFLOW_FAIL), fits ? exact : undefined);
  }));
});

Deno.test("fitBig: i64 at its limits", () => {
  const max = 2n ** 63n - 1n;
  assert.equal(fitBig(max + 1n, 64, true, OVERFLOW_WRAP), -max - 1n);
  assert.equal(fitBig(max + 1n, 64, true, OVERFLOW_SAT), max);
  assert.equal(fitBig(-max - 2n, 64, true, OVERFLOW_SAT), -max - 1n);
  assert.equal(fitBig(max, 64, true, OVERFLOW_FAIL), max);
});
