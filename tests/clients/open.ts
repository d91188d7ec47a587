/** Connected clients of the npm packages, for the tests beside this file. */

import { Buffer } from "node:buffer";
import { Redis, type RedisOptions } from "ioredis";
import { createClient } from "redis";
import { TestServer } from "../support/server.ts";

/** An ioredis that reconnects at once; the caller disconnects it. */
export function openIoredis(server: TestServer, options: RedisOptions = {}): Redis {
  const redis = new Redis({
    port: server.port,
    host: "127.0.0.1",
    retryStrategy: () => 20,
    ...options,
  });
  redis.on("error", () => {}); // told by the commands; reconnecting goes on
  return redis;
}

/** Runs `test` with a server and a connected ioredis. */
export async function withIoredis(
  test: (redis: Redis, server: TestServer) => Promise<void>,
  options: RedisOptions = {},
  args: readonly string[] = [],
): Promise<void> {
  await using server = await TestServer.start({ args });
  const redis = openIoredis(server, options);
  try {
    await test(redis, server);
  } finally {
    redis.disconnect();
  }
}

/** A connected node-redis; the caller destroys it. */
export async function openNodeRedis(server: TestServer, RESP: 2 | 3, password?: string) {
  const client = createClient({
    RESP,
    password,
    socket: { port: server.port, host: "127.0.0.1", reconnectStrategy: () => 20 },
  });
  client.on("error", () => {}); // told by the commands; reconnecting goes on
  await client.connect();
  return client;
}

/** What {@link openNodeRedis} gives. */
export type NodeRedis = Awaited<ReturnType<typeof openNodeRedis>>;

/** Runs `test` with a server and a connected node-redis. */
export async function withNodeRedis(
  RESP: 2 | 3,
  test: (client: NodeRedis, server: TestServer) => Promise<void>,
): Promise<void> {
  await using server = await TestServer.start();
  const client = await openNodeRedis(server, RESP);
  try {
    await test(client, server);
  } finally {
    client.destroy();
  }
}

/** Every byte there is, in order. */
export const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
