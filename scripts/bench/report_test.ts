import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { parseOptions } from "./options.ts";
import { alignColumns, buildRows, formatFigure, formatTable } from "./report.ts";
import type { Contender } from "./server.ts";
import { type ContenderFacts, type Metric, Session } from "./session.ts";
import { alwaysTarget, FLOOD_TARGET, meets, memoryTarget, throughputTarget } from "./targets.ts";

const source: Contender = { name: "source", role: "subject", argv: ["s"] };
const executable: Contender = { name: "executable", role: "subject", argv: ["e"] };
const redis: Contender = { name: "redis", role: "reference", argv: ["r"] };

function sessionOf(subjects: Contender[], references: Contender[]): Session {
  const facts = new Map<string, ContenderFacts>();
  for (const one of references) facts.set(one.name, { flavour: "redis", version: "7.0.15", allocator: "" });
  return new Session(parseOptions([]).sizes, subjects, references, facts);
}

Deno.test("a row's ratio is the median of the paired ratios, not the ratio of medians", () => {
  const session = sessionOf([source], [redis]);
  const metric: Metric = { what: "SET", unit: "/s", target: throughputTarget("set", 16) };
  for (const value of [100, 200, 900]) session.record(metric, source, value);
  for (const value of [100, 100, 900]) session.record(metric, redis, value);
  const [row] = buildRows(session);
  deepStrictEqual(row.ratios, [1, 2, 1]);
  strictEqual(row.verdict, "miss");
  match(formatTable([row]), /1\.00x +1\.00–2\.00 +≥ 1\.5x +miss/);
});

Deno.test("each variant of the subject gets a row per reference", () => {
  const session = sessionOf([source, executable], [redis]);
  const metric: Metric = { what: "SET always", unit: "/s", target: alwaysTarget(1) };
  session.record(metric, source, 90);
  session.record(metric, executable, 96);
  session.record(metric, redis, 100);
  const rows = buildRows(session);
  deepStrictEqual(rows.map((row) => [row.subject, row.verdict]), [["source", "miss"], [
    "executable",
    "pass",
  ]]);
  match(formatTable(rows), /executable 96\.0\/s/);
});

Deno.test("without a reference a ratio target has no verdict, a value target has one", () => {
  const session = sessionOf([source], []);
  session.record({ what: "SET", unit: "/s", target: throughputTarget("set", 1) }, source, 5);
  session.record({ what: "flood", unit: "ms", target: FLOOD_TARGET }, source, 5);
  deepStrictEqual(buildRows(session).map((row) => row.verdict), ["", "pass"]);
});

Deno.test("the memory target depends on the reference's version", () => {
  strictEqual(memoryTarget("redis", "7.0.15").limit, 0.8);
  strictEqual(memoryTarget("redis", "6.2.14").limit, 0.8);
  strictEqual(memoryTarget("redis", "7.2.6").limit, 0.95);
  strictEqual(memoryTarget("redis", "8.0.0").limit, 0.95);
  strictEqual(memoryTarget("valkey", "7.0.0").limit, 0.95);
});

Deno.test("no figure meets no target", () => {
  strictEqual(meets(FLOOD_TARGET, NaN), false);
  strictEqual(meets(throughputTarget("set", 1), NaN), false);
});

Deno.test("figures are short", () => {
  deepStrictEqual([1234567, 812.4, 12.34, 0.456, NaN].map(formatFigure), [
    "1,234,567",
    "812",
    "12.3",
    "0.46",
    "–",
  ]);
});

Deno.test("columns line up", () => {
  strictEqual(alignColumns([["a", "bb", "c"], ["aaa", "b", ""]]), "a    bb  c\naaa   b");
});

Deno.test("rounds turn the order so that nobody always runs first", async () => {
  const order: string[] = [];
  await sessionOf([source], [redis]).rounds(["a", "b"], 3, (item, round) => {
    order.push(item + round);
    return Promise.resolve();
  });
  deepStrictEqual(order, ["a0", "b0", "b1", "a1", "a2", "b2"]);
});
