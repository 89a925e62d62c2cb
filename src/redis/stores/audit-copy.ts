import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import type { AuditEntry } from './audit-chain.js';
import { type CopiedEntry, entriesIn } from './audit-lines.js';

const STDOUT = 'stdout';
/** Lines that wait for a file that cannot be written. */
const MAX_WAITING = 10_000;
const AGAIN_MS = 5_000;
const TAIL_BYTES = 262_144;

/** Writes every stored entry once more outside of Redis, where AUDIT_COPY says so. Nobody waits for it. */
@Injectable()
export class AuditCopy {
  /** The last entries that the file had at the start. */
  readonly found: readonly CopiedEntry[];
  readonly #file: string | undefined;
  readonly #stdout: Logger | undefined;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #dropped = 0;
  #fault = '';

  constructor({ auditCopy }: Environment, @Inject(LOGGER) logger: Logger) {
    this.#file = auditCopy === STDOUT ? undefined : auditCopy;
    // Whatever LOG_LEVEL is.
    this.#stdout = auditCopy === STDOUT ? logger.child({}, { level: 'info' }) : undefined;
    this.found = this.#file === undefined ? [] : entriesIn(tailOf(this.#file));
  }

  get fault(): string | undefined {
    if (this.#fault === '' && this.#dropped === 0) return undefined;
    const dropped = this.#dropped === 0 ? '' : `; ${this.#dropped} lines were dropped`;
    return `${this.#waiting.length} entries wait for the copy in ${this.#file} (${this.#fault})${dropped}`;
  }

  write(chain: string, { id, fields }: AuditEntry): void {
    this.#stdout?.info({ audit: { chain, id, fields } }, 'audit entry');
    if (this.#file === undefined) return;
    if (this.#waiting.length >= MAX_WAITING) this.#dropped += 1;
    else this.#waiting.push(`${JSON.stringify({ chain, id, fields })}\n`);
    this.#writing ??= this.#writeAll(this.#file).finally(() => (this.#writing = undefined));
  }

  async settled(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(file: string): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await appendFile(file, lines.join(''), { mode: 0o600 });
        this.#fault = '';
      } catch (error) {
        this.#waiting = [...lines, ...this.#waiting];
        this.#fault = error instanceof Error ? error.message : String(error);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
      }
    }
  }
}

/** The end of a file, from a line's beginning; `""` when there is none yet. */
function tailOf(file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = fstatSync(descriptor);
    const from = Math.max(0, size - TAIL_BYTES);
    const bytes = Buffer.alloc(size - from);
    readSync(descriptor, bytes, 0, bytes.length, from);
    const text = bytes.toString();
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    closeSync(descriptor);
  }
}
