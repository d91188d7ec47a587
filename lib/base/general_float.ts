/**
 * Doubles with 17 significant digits, as C prints them with `%.17g`: the way in
 * which ZSCAN shows scores. For cold paths.
 */

const DIGITS = 17;

/** The digits of `|value|` rounded half to even, and the decimal exponent of the first of them. */
function seventeenDigits(value: number): { digits: string; exponent: number } {
  const text = value.toExponential(DIGITS - 1);
  const at = text.indexOf("e");
  const rounded = { digits: text[0] + text.slice(2, at), exponent: Number(text.slice(at + 1)) };
  // The engine rounds an exact tie up, C to the even digit: 18 digits that end in 5, and nothing behind.
  const longer = value.toExponential(60);
  const tail = longer.slice(1 + DIGITS, longer.indexOf("e"));
  if (!/^50*$/.test(tail)) return rounded;
  const below = longer[0] + longer.slice(2, 1 + DIGITS);
  const isEven = (below.charCodeAt(DIGITS - 1) & 1) === 0;
  return isEven ? { digits: below, exponent: Number(longer.slice(longer.indexOf("e") + 1)) } : rounded;
}

/** Formats as `%.17g`: `0.10000000000000001`, `3`, `1e+20`, `inf`, `-inf`, `nan`, `-0`. */
export function formatGeneral(value: number): string {
  if (Number.isNaN(value)) return "nan";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) return `${sign}inf`;
  if (magnitude === 0) return `${sign}0`;
  const { digits, exponent } = seventeenDigits(magnitude);
  const kept = digits.replace(/0+$/, "");
  if (exponent < -4 || exponent >= DIGITS) {
    const fraction = kept.length > 1 ? `.${kept.slice(1)}` : "";
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${kept[0]}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${kept}`;
  const whole = kept.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = kept.slice(exponent + 1);
  return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}
