/**
 * A row of numbers as ASCII bars, for LATENCY GRAPH.
 *
 * DESIGN. Four lines of three steps each: the height of a bar says where its
 * value lies between the smallest and the largest. Under each bar stands its
 * label, downwards. More samples than fit into a line of the screen go on below.
 */

const ROWS = 4;
/** From low to high within a row. */
const STEPS = "_o#";
const FULL = "|";

/** One bar. */
export interface SparklineSample {
  readonly value: number;
  readonly label: string;
}

/** Draws the samples, `columns` of them side by side; every line ends with a newline. */
export function sparkline(samples: readonly SparklineSample[], columns: number): string {
  const values = samples.map((sample) => sample.value);
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  const total = ROWS * STEPS.length;
  const heights = values.map((value) => Math.min(Math.trunc((value - low) * total / range), total - 1));
  const parts: string[] = [];
  for (let at = 0; at < samples.length; at += columns) {
    const labels = samples.slice(at, at + columns).map((sample) => sample.label);
    parts.push(bars(heights.slice(at, at + columns)) + labelLines(labels));
  }
  return parts.join("\n");
}

function bars(heights: readonly number[]): string {
  let text = "";
  for (let row = ROWS - 1; row >= 0; row--) {
    for (const height of heights) {
      const step = height - row * STEPS.length;
      text += step < 0 ? " " : step < STEPS.length ? STEPS[step] : FULL;
    }
    text += "\n";
  }
  return text;
}

/** An empty line, then the labels from top to bottom. */
function labelLines(labels: readonly string[]): string {
  const longest = Math.max(...labels.map((label) => label.length));
  let text = " ".repeat(labels.length) + "\n";
  for (let i = 0; i < longest; i++) text += labels.map((label) => label[i] ?? " ").join("") + "\n";
  return text;
}
