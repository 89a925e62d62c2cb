import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** How much is kept while it cannot be written. A line takes about 300 bytes. */
const MAX_WAITING_BYTES = 1_048_576;
const RETRY_MS = 20;
/** A reader that is gone, or a full disk, does not recover within milliseconds. */
const RETRY_AFTER_FAULT_MS = 1_000;
const FLUSH_AT_MOST_MS = 1_000;

export interface LogOutputOptions {
  readonly maxWaitingBytes?: number;
  /** Called when lines can be written again after some were dropped. */
  readonly onRecovered: (dropped: number) => void;
}

/**
 * A file descriptor for log lines that never keeps the process waiting. The lines of one tick go out in one write, before
 * the event loop waits again. What the other side does not take is kept, up to a limit, and written in order as soon as it
 * can be; lines beyond the limit are dropped whole and counted. An error (reader gone, disk full) is treated alike.
 *
 * A regular file is written synchronously, because writing it does not wait for a reader.
 */
export class LogOutput {
  readonly #fd: number;
  readonly #maxWaitingBytes: number;
  readonly #onRecovered: (dropped: number) => void;
  /** The lines of this tick. */
  #lines = '';
  readonly #waiting: Buffer[] = [];
  /** Of both. */
  #bytes = 0;
  #retry: NodeJS.Timeout | undefined;
  /** Since the last report. While it is more than 0 every further line is dropped too, so that the gap is one. */
  #dropped = 0;
  #droppedTotal = 0;

  constructor(fd: number, options: LogOutputOptions) {
    this.#fd = nonBlocking(fd);
    this.#maxWaitingBytes = options.maxWaitingBytes ?? MAX_WAITING_BYTES;
    this.#onRecovered = options.onRecovered;
  }

  get droppedTotal(): number {
    return this.#droppedTotal;
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#dropped > 0 || this.#bytes + bytes > this.#maxWaitingBytes) {
      this.#dropped += 1;
      this.#droppedTotal += 1;
      return;
    }
    if (this.#lines === '') setImmediate(() => this.#flush());
    this.#lines += line;
    this.#bytes += bytes;
  }

  /**
   * For the end of the process: waits, at most a second, until everything was taken. It blocks the event loop. An error
   * ends it at once: a disk that is full stays full.
   */
  flushSync(): void {
    const untilMs = performance.now() + FLUSH_AT_MOST_MS;
    clearTimeout(this.#retry);
    while (this.#bytes > 0) {
      const fault = this.#writeOut();
      if (fault === undefined) continue;
      if (fault !== 'EAGAIN' || performance.now() > untilMs) return;
      pause(RETRY_MS);
    }
  }

  #flush(): void {
    if (this.#retry !== undefined) return;
    const fault = this.#writeOut();
    if (fault === undefined) return;
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        this.#flush();
      },
      fault === 'EAGAIN' ? RETRY_MS : RETRY_AFTER_FAULT_MS,
    ).unref();
  }

  /** Writes until nothing is left, or answers with the error that kept it from that. */
  #writeOut(): string | undefined {
    if (this.#lines !== '') this.#waiting.push(Buffer.from(this.#lines));
    this.#lines = '';
    let fault: string | undefined;
    for (let chunk = this.#waiting[0]; chunk !== undefined && fault === undefined; chunk = this.#waiting[0]) {
      fault = this.#writeSome(chunk);
    }
    if (this.#dropped > 0 && this.#bytes <= this.#maxWaitingBytes / 2) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#onRecovered(dropped);
    }
    return fault;
  }

  #writeSome(chunk: Buffer): string | undefined {
    try {
      const written = writeSync(this.#fd, chunk);
      this.#bytes -= written;
      if (written === chunk.length) this.#waiting.shift();
      else this.#waiting[0] = chunk.subarray(written);
      return undefined;
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  }
}

/**
 * A descriptor on which a write does not wait for the reader. A pipe or a terminal is opened again where that is possible
 * (Linux), because the flag would otherwise be shared with every process that writes there, each of which can take it away.
 */
function nonBlocking(fd: number): number {
  const kind = fstatSync(fd);
  if (kind.isFIFO() || isatty(fd)) {
    try {
      return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (error) {
      // No /proc, or somebody else's pipe.
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
  // Node sets the flag on pipes and sockets when it makes its stream.
  if (fd === 1) void process.stdout;
  if (fd === 2) void process.stderr;
  return fd;
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
