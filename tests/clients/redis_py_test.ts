/** redis-py, where a Python with it is found; what is tested is in redis_py_suite.py. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TestServer } from "../support/server.ts";
import { runToEnd, works } from "./programs.ts";

Deno.test("redis-py: its calls for every type, blocking, pipelines and iterators", async () => {
  const python = ["python3", "/usr/bin/python3"].find((path) => works(path, ["-c", "import redis"]));
  if (python === undefined) return console.log("NOT TESTED: no Python with redis-py");
  await using server = await TestServer.start();
  const suite = fileURLToPath(new URL("./redis_py_suite.py", import.meta.url));
  const { status, text } = await runToEnd(python, [suite, String(server.port)]);
  assert.equal(status, 0, text);
  assert.match(text, /Ran 11 tests in .*\n\nOK\n$/);
});
