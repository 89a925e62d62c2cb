// @ts-check
/**
 * Preloaded into a process of the built program (`node --import`): when a file named by HALT_FILE says so, the process
 * stops (SIGSTOP) or dies (SIGKILL) at one exact point of its talk with Redis and the exchange. The first process that
 * comes there takes the file away, so of several only one halts, and it halts once.
 */
import { readFileSync, renameSync } from 'node:fs';
import { Socket } from 'node:net';

const file = process.env['HALT_FILE'] ?? '';

/** @typedef {{ at: string, signal: NodeJS.Signals, scripts: Record<string, string> }} Halt */

/** @returns {Halt | undefined} */
function armed() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param {Halt} halt @param {string} point */
function halt({ at, signal }, point) {
  if (at !== point) return;
  try {
    renameSync(file, `${file}.${process.pid}`);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return;
    throw error;
  }
  process.kill(process.pid, signal);
  // The signal stops all threads, this one within a moment.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
}

/** @param {unknown} data one chunk, or several as `writev` has them @param {string} encoding @returns {Buffer} */
function bytesOf(data, encoding) {
  if (Array.isArray(data)) return Buffer.concat(data.map((each) => bytesOf(each.chunk ?? each, each.encoding)));
  if (typeof data === 'string') return Buffer.from(data, /** @type {BufferEncoding} */ (encoding));
  return Buffer.from(/** @type {Uint8Array} */ (data));
}

const socket = /** @type {any} */ (Socket.prototype);
const { _writeGeneric: write, push } = socket;

/** The last step in JavaScript before the bytes are the kernel's. */
socket._writeGeneric = function (
  /** @type {boolean} */ several,
  /** @type {unknown} */ data,
  /** @type {string} */ encoding,
  /** @type {() => void} */ done,
) {
  const plan = this.connecting ? undefined : armed();
  if (plan === undefined) return write.call(this, several, data, encoding, done);
  const bytes = bytesOf(data, encoding);
  const isOrder = bytes.includes('POST /fapi/v1/order ');
  // The limits of a plan that was denied are settled too: that is not the settling that is waited for.
  const isWanted = (/** @type {string} */ name) => name !== 'settle_reservation' || bytes.includes('committed');
  const script = Object.keys(plan.scripts).find((name) => bytes.includes(plan.scripts[name] ?? '') && isWanted(name));
  if (isOrder) halt(plan, 'before-send');
  if (script !== undefined) halt(plan, `before ${script}`);
  if (isOrder && plan.at === 'half-sent') {
    const half = Math.floor(bytes.length / 2);
    write.call(this, false, bytes.subarray(0, half), 'buffer', () => undefined);
    halt(plan, 'half-sent');
    return write.call(this, false, bytes.subarray(half), 'buffer', done);
  }
  const written = write.call(this, several, data, encoding, done);
  if (isOrder) halt(plan, 'sent');
  if (script !== undefined) halt(plan, `after ${script}`);
  return written;
};

/** The first step in JavaScript after bytes arrived. */
socket.push = function (/** @type {unknown} */ chunk, /** @type {string} */ encoding) {
  const plan = chunk instanceof Uint8Array ? armed() : undefined;
  if (plan !== undefined) {
    const bytes = bytesOf(chunk, encoding);
    if (bytes.includes('$7\r\nclaimed\r\n')) halt(plan, 'claim answered');
    if (bytes.includes('HTTP/1.1') && bytes.includes('"clientOrderId":"pg-')) halt(plan, 'order answered');
  }
  return push.call(this, chunk, encoding);
};
