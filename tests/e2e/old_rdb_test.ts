/** RDB files as servers from Redis 2.8 on have written them: recorded, loaded, compared with what was written. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { writeFileSync } from "node:fs";
import { type Dataset, differences, readDataset } from "../support/dataset.ts";
import { SAMPLE_COMMANDS } from "../support/rdb_file_sample.ts";
import { RDB_FILES } from "../support/rdb_files.ts";
import { bytesOf } from "../support/resp.ts";
import { freshDir, TestServer } from "../support/server.ts";

/** The data set that the files were made of. */
async function expected(): Promise<Dataset> {
  await using server = await TestServer.start();
  const client = await server.connect();
  for (const reply of await client.pipeline(SAMPLE_COMMANDS.map((args) => args.map(bytesOf)))) {
    assert.notEqual(reply.type, "error", JSON.stringify(reply, String));
  }
  return await readDataset(client);
}

Deno.test("rdb: files of Redis 2.8, 3.0, 3.2, 4.0, 5.0, 6.0, 6.2, 7.0 and 7.2 load", async () => {
  const versions = RDB_FILES.map(({ version }) => version.replace(/\.\d+$/, ""));
  assert.deepEqual(versions, ["2.8", "3.0", "3.2", "4.0", "5.0", "6.0", "6.2", "7.0", "7.2"]);
  const wanted = await expected();
  for (const { version, base64 } of RDB_FILES) {
    const dir = freshDir();
    writeFileSync(`${dir}/dump.rdb`, Buffer.from(base64, "base64"));
    await using server = await TestServer.start({ dir, args: ["--appendonly", "no"] });
    assert.deepEqual(differences(await readDataset(await server.connect()), wanted), [], version);
  }
});
