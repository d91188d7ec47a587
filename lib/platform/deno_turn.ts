/**
 * A turn of the event loop on Deno, for whoever could go on at once but must
 * let other sockets in.
 *
 * DESIGN. An immediate is cheap (2 us) and lets callbacks that are due run, but
 * while there is always something to run, immediates or finished jobs, the
 * runtime polls its sockets only every 61st time: a busy peer then delayed
 * others by 10 to 200 ms. Only waiting for a socket's readiness takes a poll
 * for certain, so once in {@link POLL_EVERY_MS} a turn is a byte sent through a
 * loopback connection from this process to itself (10 us); the others are
 * immediates. Who works in slices longer than that has a poll behind each.
 */

/** Milliseconds of immediates before the sockets are polled for certain. */
const POLL_EVERY_MS = 0.25;

/** The two ends of the connection to ourselves. */
interface Loop {
  readonly near: Deno.Conn;
  readonly far: Deno.Conn;
}

const ONE_BYTE = new Uint8Array(1);
const farBuffer = new Uint8Array(16);

let waiting: (() => void)[] = [];
let polledAtMs = 0;
let loop: Loop | undefined;
let opening = false;

/** Runs `callback` in a later turn of the event loop, in the order of the calls. */
export function nextTurn(callback: () => void): void {
  if (waiting.push(callback) > 1) return;
  if (performance.now() - polledAtMs < POLL_EVERY_MS) {
    setImmediate(runWaiting);
  } else if (loop === undefined) {
    if (!opening) openLoop();
    setTimeout(runPolled, 0);
  } else {
    loop.far.read(farBuffer).then(runPolled, loopBroke);
    loop.near.write(ONE_BYTE).catch(loopBroke);
  }
}

function runPolled(): void {
  polledAtMs = performance.now();
  runWaiting();
}

function runWaiting(): void {
  const callbacks = waiting;
  waiting = [];
  for (const callback of callbacks) callback();
}

/** A loopback interface that went away: timers do it, slower. */
function loopBroke(): void {
  if (loop === undefined) return;
  const { near, far } = loop;
  loop = undefined;
  near.close();
  far.close();
  setTimeout(runPolled, 0);
}

/** Opens the connection; without one (no loopback, no descriptors), a timer does its work, and it is not tried again. */
async function openLoop(): Promise<void> {
  opening = true;
  let listener: Deno.TcpListener | undefined;
  try {
    listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = listener.accept();
    const near = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    const far = await accepting;
    if (far.remoteAddr.port === near.localAddr.port) {
      near.setNoDelay(true);
      loop = { near, far };
    } else {
      // A stranger was faster than we were.
      near.close();
      far.close();
    }
  } catch {
    // Timers go on.
  }
  listener?.close();
}
