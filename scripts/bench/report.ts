/**
 * From figures to rows, a table and JSON.
 *
 * DESIGN. A metric yields one row per pair of a subject and a reference that
 * have figures, or one row per subject where there is no reference. A row with
 * a ratio target but no reference is neither passed nor missed.
 */
import type { Contender } from "./server.ts";
import type { Metric, Series, Session } from "./session.ts";
import { pairedRatios, summarize, type Summary } from "./stats.ts";
import { describeTarget, meets, type Target } from "./targets.ts";

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly subject: string;
  readonly reference: string | null;
  readonly subjectValues: readonly number[];
  readonly referenceValues: readonly number[];
  readonly ratios: readonly number[];
  readonly target: Target | null;
  readonly verdict: "pass" | "miss" | "";
}

/** All rows, in the order of measuring. */
export function buildRows(session: Session): Row[] {
  const rows: Row[] = [];
  for (const series of session.series.values()) {
    const subjects = session.subjects.filter((one) => series.values.has(one.name));
    const references = session.references.filter((one) => series.values.has(one.name));
    for (const subject of subjects) {
      if (references.length === 0) rows.push(rowOf(session, series, subject, null));
      for (const reference of references) rows.push(rowOf(session, series, subject, reference));
    }
  }
  return rows;
}

function rowOf(session: Session, series: Series, subject: Contender, reference: Contender | null): Row {
  const { metric, values } = series;
  const subjectValues = values.get(subject.name) ?? [];
  const referenceValues = reference === null ? [] : values.get(reference.name) ?? [];
  const ratios = pairedRatios(subjectValues, referenceValues);
  const target = targetOf(session, metric, reference);
  const figure = target?.on === "value" ? summarize(subjectValues).median : summarize(ratios).median;
  let verdict: Row["verdict"] = "";
  if (target !== null && (target.on === "value" || ratios.length > 0)) {
    verdict = meets(target, figure) ? "pass" : "miss";
  }
  const { what, unit } = metric;
  return {
    ...{ what, unit, subject: subject.name, reference: reference?.name ?? null },
    ...{ subjectValues, referenceValues, ratios, target, verdict },
  };
}

function targetOf(session: Session, metric: Metric, reference: Contender | null): Target | null {
  if (typeof metric.target !== "function") return metric.target;
  return metric.target(reference === null ? null : session.facts.get(reference.name) ?? null);
}

/** Three significant digits or so: `812`, `12.3`, `0.456`, `123,456`. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function ratioCell(summary: Summary): string {
  return Number.isFinite(summary.median) ? `${summary.median.toFixed(2)}x` : "–";
}

function spreadCell(row: Row): string {
  const { min, max } = summarize(row.ratios);
  if (Number.isFinite(min)) return `${min.toFixed(2)}–${max.toFixed(2)}`;
  const own = summarize(row.subjectValues);
  return `${formatFigure(own.min)}–${formatFigure(own.max)}`;
}

function valueCell(values: readonly number[], unit: string): string {
  const figure = formatFigure(summarize(values).median);
  if (figure === "–") return figure;
  return unit === "/s" ? `${figure}/s` : `${figure} ${unit}`;
}

/** The table as text. Contenders are named in a row only where there are several of their kind. */
export function formatTable(rows: readonly Row[]): string {
  const several = (names: (string | null)[]) => new Set(names).size > 1;
  const nameSubjects = several(rows.map((row) => row.subject));
  const nameReferences = several(rows.map((row) => row.reference));
  const cells = [["what", "subject", "reference", "ratio", "spread", "target", ""]];
  for (const row of rows) {
    const subject = valueCell(row.subjectValues, row.unit);
    const reference = valueCell(row.referenceValues, row.unit);
    cells.push([
      row.what,
      nameSubjects ? `${row.subject} ${subject}` : subject,
      nameReferences && row.reference !== null ? `${row.reference} ${reference}` : reference,
      ratioCell(summarize(row.ratios)),
      spreadCell(row),
      row.target === null ? "–" : describeTarget(row.target),
      row.verdict,
    ]);
  }
  return alignColumns(cells);
}

/** The first column flush left, the others flush right, two blanks between. */
export function alignColumns(lines: readonly (readonly string[])[]): string {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) =>
    line.map((cell, column) => column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))
      .join("  ").trimEnd()
  ).join("\n");
}

/** Everything that was measured, for `--json`. */
export function toJson(
  session: Session,
  rows: readonly Row[],
  facts: Readonly<Record<string, string>>,
): string {
  const detailed = rows.map((row) => ({
    ...row,
    subjectSummary: summarize(row.subjectValues),
    referenceSummary: summarize(row.referenceValues),
    ratioSummary: summarize(row.ratios),
  }));
  const { sizes, broken } = session;
  return JSON.stringify({ facts, sizes, notes: [...session.notes], broken, rows: detailed }, null, 2) + "\n";
}
