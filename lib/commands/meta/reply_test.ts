import assert from "node:assert/strict";
import { TextWriter } from "../../../tests/support/reply_text.ts";
import { writeCommandDocs } from "./docs_reply.ts";
import { listFilter, writeCommandInfos, writeCommandList, writeKeys } from "./reply.ts";
import { ALL_COMMANDS, CommandDirectory } from "./table.ts";
import type { CommandMeta } from "./types.ts";

const directory = new CommandDirectory(ALL_COMMANDS);

function command(name: string): CommandMeta {
  const meta = directory.get(name);
  assert.ok(meta !== undefined, name);
  return meta;
}

/** What a builder writes, its lines joined by a blank. */
function written(protocol: 2 | 3, write: (out: TextWriter) => void): string {
  const out = new TextWriter(protocol);
  write(out);
  return out.text.replaceAll("\r\n", " ").trimEnd();
}

Deno.test("COMMAND INFO of GET in RESP3, and a name that is not found", () => {
  const text = written(3, (out) => writeCommandInfos(out, [command("get"), undefined]));
  assert.equal(
    text,
    "*2 *10 $3 get :2 ~2 +readonly +fast :1 :1 :1 ~3 +@read +@string +@fast ~0 ~1 %3 $5 flags ~2 +RO +access " +
      "$12 begin_search %2 $4 type $5 index $4 spec %1 $5 index :1 " +
      "$9 find_keys %2 $4 type $5 range $4 spec %3 $7 lastkey :0 $7 keystep :1 $5 limit :0 ~0 _",
  );
});

Deno.test("COMMAND DOCS of ECHO in RESP2", () => {
  const text = written(2, (out) => writeCommandDocs(out, [command("echo")]));
  assert.equal(
    text,
    "*2 $4 echo *10 $7 summary $23 Send the argument back. $5 since $5 1.0.0 $5 group $10 connection " +
      "$10 complexity $4 O(1) $9 arguments *1 *6 $4 name $7 message $4 type $6 string " +
      "$12 display_text $7 message",
  );
});

Deno.test("COMMAND LIST names subcommands and judges each by itself", () => {
  const some = [command("get"), command("slowlog")];
  assert.equal(
    written(2, (out) => writeCommandList(out, some)),
    "*6 $3 get $7 slowlog $11 slowlog|get $12 slowlog|help $11 slowlog|len $13 slowlog|reset",
  );
  const glob = (pattern: string, text: string) => pattern === "*get" && text.endsWith("get");
  const list = (kind: string, value: string) => {
    const filter = listFilter(kind, value, glob);
    assert.ok(filter !== undefined);
    return written(2, (out) => writeCommandList(out, some, filter));
  };
  assert.equal(list("pattern", "*get"), "*2 $3 get $11 slowlog|get");
  assert.equal(list("ACLCAT", "Read"), "*1 $3 get");
  assert.equal(list("aclcat", "nosuch"), "*0");
  assert.equal(list("Module", "nosuch"), "*0");
  assert.equal(listFilter("nosuch", "x", glob), undefined);
});

Deno.test("GETKEYS writes words by position, GETKEYSANDFLAGS with their flags", () => {
  const keys = [{ position: 2, flags: ["RO", "access"] }, { position: 4, flags: [] }];
  const line = ["x", "y", "first", "z", "second"];
  const write = (withFlags: boolean) =>
    written(3, (out) => writeKeys(out, keys, withFlags, (at) => out.bulkText(line[at])));
  assert.equal(write(false), "*2 $5 first $6 second");
  assert.equal(write(true), "*2 *2 $5 first ~2 +RO +access *2 $6 second ~0");
});
