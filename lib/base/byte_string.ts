/**
 * Byte strings: JavaScript strings in which every character is one byte.
 *
 * DESIGN. Configuration, command lines and log lines are cold, and much
 * easier to handle as strings; but a password or a path may hold any bytes.
 * So they travel as strings of characters 0..255, which is lossless where
 * UTF-8 decoding is not. Plain ASCII text is its own byte string. Never used
 * on the path of a command's data.
 */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Characters per call of `String.fromCharCode`, far below any engine's argument limit. */
const CHUNK = 4096;

/** The bytes `buf[start, end)` as a byte string. */
export function bytesToByteString(buf: Uint8Array, start = 0, end = buf.length): string {
  let out = "";
  for (let at = start; at < end; at += CHUNK) {
    out += String.fromCharCode(...buf.subarray(at, Math.min(at + CHUNK, end)));
  }
  return out;
}

/** The bytes of a byte string, in a buffer of their own. Characters above 255 lose their high bits. */
export function byteStringToBytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

/** Ordinary text as the byte string of its UTF-8 form. */
export function textToByteString(text: string): string {
  return bytesToByteString(ENCODER.encode(text));
}

/** A byte string decoded as UTF-8; what is not valid UTF-8 comes back unchanged. */
export function byteStringToText(bytes: string): string {
  try {
    return DECODER.decode(byteStringToBytes(bytes));
  } catch {
    return bytes;
  }
}
