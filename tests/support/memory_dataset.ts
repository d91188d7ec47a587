/** What a keyspace holds, read without changing it: nothing expires, nothing counts as used. */

import { latin1 } from "../../lib/base/ascii.ts";
import { Slice } from "../../lib/base/slice.ts";
import { type Keyspace } from "../../lib/keyspace/keyspace.ts";
import { type ElementSink } from "../../lib/objects/collection.ts";
import { TYPE_LIST, TYPE_STRING } from "../../lib/objects/entry.ts";

/** Elements as texts, in the order in which they come. */
class Texts implements ElementSink {
  readonly texts: string[] = [];

  item(bytes: Slice): void {
    this.texts.push(textOf(bytes));
  }

  field(name: Slice, _nameBig: number, value: Slice): void {
    this.texts.push(`${textOf(name)}=${textOf(value)}`);
  }

  scored(member: Slice, _big: number, score: number): void {
    this.texts.push(`${textOf(member)}@${score}`);
  }
}

function textOf({ buf, off, len }: Slice): string {
  return latin1(buf, off, off + len);
}

/** All keys that have not expired at `nowMs`, as `db/key` to deadline, type and value; unordered values sorted. */
export function memoryDataset(ks: Keyspace, nowMs: number): Map<string, string> {
  const found = new Map<string, string>();
  const slice = new Slice();
  for (const db of ks.databases) {
    db.dict.forEach((_hash, ref) => {
      const deadline = ks.entries.expireMs(ref);
      if (deadline >= 0 && deadline < nowMs) return;
      ks.entries.key(ref, slice);
      const key = textOf(slice);
      const type = ks.entries.type(ref);
      let value: string;
      if (type === TYPE_STRING) {
        ks.entries.value(ref, slice);
        value = textOf(slice);
      } else {
        const elements = new Texts();
        ks.collections.emit(ref, elements);
        if (type !== TYPE_LIST) elements.texts.sort();
        value = elements.texts.join(" ");
      }
      found.set(`${db.id}/${key}`, `${deadline} ${type} ${value}`);
    });
  }
  return found;
}

/** A data set as one text, to be compared as a whole. */
export function datasetText(dataset: ReadonlyMap<string, string>): string {
  return [...dataset].map(([key, value]) => `${key} ${value}`).sort().join("\n");
}
