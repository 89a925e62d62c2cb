import { type ChildProcess, execFileSync, spawn, type StdioOptions } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys/keys.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { freePort } from '../harness/ports.js';
import { MAIN } from '../harness/program.js';
import { TestDeployment } from '../harness/test-deployment.js';

/** Each makes a log line of every role: more than the gate keeps while they cannot be written. */
const GARBAGE_PLANS = 7_500;
const TOKEN = 'an-operator-of-this-test';
const PREFILLED = '#';
/** A process that cannot write its last lines gives up after 1 s; the rest is for a busy machine. */
const OUT_WITHIN_MS = 20_000;
const STARTED_WITHIN_MS = 120_000;

const isFullOrEmpty = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EAGAIN';

/** A pipe with its reading end here: what is not read stays in it, and when it is full a writer would wait. */
class Fifo {
  readonly #path: string;
  readonly #reader: number;
  #readable = true;

  constructor(folder: string) {
    this.#path = join(folder, `fifo-${Math.random()}`);
    execFileSync('mkfifo', [this.#path]);
    this.#reader = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** The writing end for a child; its file must be closed here once the child has it. */
  writer(): number {
    return openSync(this.#path, constants.O_WRONLY);
  }

  fill(): this {
    const writer = openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      for (;;) writeSync(writer, PREFILLED);
    } catch (error) {
      if (!isFullOrEmpty(error)) throw error;
    }
    closeSync(writer);
    return this;
  }

  /** What is in it now, without what {@link fill} put there. */
  read(atMost = 1_048_576): string {
    const buffer = Buffer.alloc(atMost);
    try {
      return buffer.toString('latin1', 0, readSync(this.#reader, buffer)).replaceAll(PREFILLED, '');
    } catch (error) {
      if (isFullOrEmpty(error)) return '';
      throw error;
    }
  }

  close(): void {
    if (this.#readable) closeSync(this.#reader);
    this.#readable = false;
  }
}

/** In `npm run test:long`; otherwise one kind of each. */
const EVERY_KIND = process.env['EVERY_KIND'] === '1';
const BUGS = {
  thrown: `setImmediate(() => { throw new Error('a bug') })`,
  rejected: `void Promise.reject(new Error('a bug'))`,
} as const;

describe('the gate, when its output cannot be written', { timeout: 300_000 }, () => {
  const keys = keysFor('quantum:');
  let deployment: TestDeployment;
  let redis: Redis;
  let url: string;
  let variables: Record<string, string>;
  const children: ChildProcess[] = [];
  const fifos: Fifo[] = [];

  beforeEach(async () => {
    deployment = await TestDeployment.create();
    redis = new Redis({ path: deployment.redis.socketPath });
    url = `http://127.0.0.1:${await freePort()}`;
    const sha256 = createHash('sha256').update(TOKEN).digest('hex');
    writeFileSync(join(deployment.folder, 'tokens.json'), JSON.stringify([{ name: 'me', role: 'admin', sha256 }]));
    variables = { ...deployment.variables, HTTP_PORT: new URL(url).port, ADMIN_TOKENS_FILE: 'tokens.json' };
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const each of fifos.splice(0)) each.close();
    redis.disconnect();
    await deployment.close();
  });

  function fifo(): Fifo {
    const made = new Fifo(deployment.folder);
    fifos.push(made);
    return made;
  }

  function start(
    stdio: StdioOptions,
    given: Record<string, string> = {},
    preload = '',
  ): { child: ChildProcess; ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }> } {
    const options = preload === '' ? [] : ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
    const child = spawn(process.execPath, [...options, MAIN, 'serve'], {
      cwd: deployment.folder,
      env: { PATH: process.env['PATH'] ?? '', ...variables, ...given },
      stdio,
    });
    children.push(child);
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    return { child, ended };
  }

  const ready = (): Promise<true> =>
    eventually(async () => {
      const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
      return answer?.ok === true ? true : undefined;
    }, STARTED_WITHIN_MS);

  /** A proposal is carried out, the kill switch answers, and both go on however many lines were logged. */
  async function goesOn(): Promise<void> {
    await redis.hset(keys.proposal('BTCUSDT'), proposalFields('PARTIAL_75'));
    await eventually(() => Promise.resolve(deployment.exchange.records().orders[0]), 20_000);
    expect(deployment.exchange.records().orders).toMatchObject([{ symbol: 'BTCUSDT', status: 'FILLED' }]);
    const pipeline = redis.pipeline();
    for (let index = 0; index < GARBAGE_PLANS; index += 1) pipeline.xadd(keys.planStream(), '*', 'hello', `${index}`);
    await pipeline.exec();
    await eventually(async () => {
      const groups = (await redis.xinfo('GROUPS', keys.planStream())) as (string | number)[][];
      return groups.every((group) => group[group.indexOf('lag') + 1] === 0 && group[5] === 0) ? true : undefined;
    }, 60_000);
    const startedMs = performance.now();
    const { status } = await fetch(`${url}/api/v1/kill-switch`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ engaged: true, reason: 'a drill' }),
    });
    expect(status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  }

  async function droppedLines(): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^log_lines_dropped_total (\d+)$/m.exec(text)?.[1] ?? 'NaN');
  }

  /** Reads until a line reports what was dropped. */
  async function readOn(read: () => string): Promise<string> {
    let text = '';
    await eventually(() => {
      text += read();
      return Promise.resolve(/log lines were dropped.*\n/.test(text) ? true : undefined);
    }, 10_000);
    return text;
  }

  async function stopped(child: ChildProcess, ended: Promise<unknown>): Promise<number> {
    const startedMs = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    return performance.now() - startedMs;
  }

  it.each(EVERY_KIND ? ['json', 'pretty'] : ['json'])(
    'continues while nobody reads its pipe, counts dropped lines, and reports them when the pipe is read again (%s) [C12]',
    async (format) => {
      const pipe = fifo().fill();
      const writer = pipe.writer();
      const { child, ended } = start(['ignore', writer, writer], { LOG_FORMAT: format });
      closeSync(writer);
      await ready();
      await goesOn();
      const dropped = await droppedLines();
      expect(dropped).toBeGreaterThan(1_000);
      const text = await readOn(() => pipe.read());
      expect(await droppedLines()).toBeGreaterThanOrEqual(dropped);
      const [, reported] = /(\d+) log lines were dropped/.exec(text) ?? [];
      expect(Number(reported)).toBeGreaterThanOrEqual(dropped);
      await stopped(child, ended);
      const lines = (text + pipe.read()).trimEnd().split('\n');
      expect(lines.slice(-4).join('\n')).toContain('stopped');
      if (format === 'pretty') return;
      // Every line is whole, and they are in the order in which they were logged.
      const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const times = parsed.map(({ time }) => String(time));
      expect(times).toEqual(times.toSorted());
      const entries = parsed.filter(({ role, entry_id: id }) => role === 'apply' && id !== undefined);
      expect(entries.length).toBeGreaterThan(100);
      const index = lines.findIndex((line) => line.includes('log lines were dropped'));
      expect(parsed[index]).toMatchObject({ level: 'warn', dropped: Number(reported) });
    },
  );

  it.runIf(EVERY_KIND)(
    'goes on while nobody reads its socket, and reports what it dropped when it is read again [C12]',
    async () => {
      const { child, ended } = start(['ignore', 'pipe', 'pipe']);
      await ready();
      await goesOn();
      expect(await droppedLines()).toBeGreaterThan(1_000);
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await readOn(() => text);
      child.stderr?.resume();
      await stopped(child, ended);
    },
  );

  it.each<[string, string | undefined]>([
    ...(EVERY_KIND ? [['its reader has gone away', undefined] as [string, undefined]] : []),
    ['its disk is full', '/dev/full'],
  ])('goes on when %s, and ends with exit code 0 at once [C12]', async (_, path) => {
    const pipe = fifo();
    const writer = path === undefined ? pipe.writer() : openSync(path, 'w');
    const { child, ended } = start(['ignore', writer, writer]);
    closeSync(writer);
    await ready();
    pipe.close();
    await goesOn();
    expect(await droppedLines()).toBeGreaterThan(1_000);
    expect(await stopped(child, ended)).toBeLessThan(OUT_WITHIN_MS);
  });

  it.runIf(EVERY_KIND)('ends within about a second when nobody reads its last lines [C12]', async () => {
    const pipe = fifo().fill();
    const writer = pipe.writer();
    const { child, ended } = start(['ignore', writer, writer]);
    closeSync(writer);
    await ready();
    expect(await stopped(child, ended)).toBeLessThan(OUT_WITHIN_MS);
  });

  it.runIf(EVERY_KIND)('writes what packages print, and warnings of Node, as lines of its log [C12]', async () => {
    const pipe = fifo();
    const stuck = fifo().fill();
    const [out, err] = [pipe.writer(), stuck.writer()];
    const printing = `process.on('SIGUSR2', () => { console.error('of a package'); process.emitWarning('of Node') })`;
    const { child, ended } = start(['ignore', out, err], {}, printing);
    closeSync(out);
    closeSync(err);
    await ready();
    child.kill('SIGUSR2');
    let text = '';
    await eventually(() => {
      text += pipe.read();
      return Promise.resolve(text.includes('of a package') && text.includes('of Node') ? true : undefined);
    });
    const lines = text.trimEnd().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed).toContainEqual(
      expect.objectContaining({ level: 'warn', msg: 'of a package', printed_on: 'stderr' }),
    );
    expect(parsed).toContainEqual(expect.objectContaining({ level: 'warn', msg: 'Warning: of Node' }));
    await stopped(child, ended);
    expect(stuck.read()).toBe('');
  });

  it.each<keyof typeof BUGS>(EVERY_KIND ? ['thrown', 'rejected'] : [])(
    'ends with exit code 1 at an uncaught error (%s), which is its last line [C12]',
    async (bug) => {
      const preload = `process.on('SIGUSR2', () => { ${BUGS[bug]} })`;
      const pipe = fifo();
      const writer = pipe.writer();
      const { child, ended } = start(['ignore', writer, writer], {}, preload);
      closeSync(writer);
      await ready();
      child.kill('SIGUSR2');
      expect(await ended).toEqual({ code: 1, signal: null });
      expect(JSON.parse(pipe.read().trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
        level: 'fatal',
        err: { message: 'a bug', stack: expect.stringContaining('a bug') as string },
        msg: 'ended by an uncaught error: a bug',
      });
    },
  );

  it.each<keyof typeof BUGS>(EVERY_KIND ? ['thrown', 'rejected'] : ['rejected'])(
    'ends with exit code 1 at an uncaught error (%s), also when nobody reads [C12]',
    async (bug) => {
      const pipe = fifo().fill();
      const writer = pipe.writer();
      const { child, ended } = start(['ignore', writer, writer], {}, `process.on('SIGUSR2', () => { ${BUGS[bug]} })`);
      closeSync(writer);
      await ready();
      const startedMs = performance.now();
      child.kill('SIGUSR2');
      expect(await ended).toEqual({ code: 1, signal: null });
      expect(performance.now() - startedMs).toBeLessThan(OUT_WITHIN_MS);
    },
  );

  describe('faults of the configuration', () => {
    const names = Array.from({ length: 700 }, (_, index) => `P33_NO_SUCH_VARIABLE_${index}`);
    const faulty = Object.fromEntries(names.map((name) => [name, 'x']));

    it('are complete on a pipe that is read slowly, with exit code 78 [C12]', async () => {
      const pipe = fifo();
      const writer = pipe.writer();
      const { ended } = start(['ignore', 'ignore', writer], faulty);
      closeSync(writer);
      let text = '';
      let end: { code: number | null } | undefined;
      while ((end = await Promise.race([ended, sleep(5).then(() => undefined)])) === undefined)
        text += pipe.read(16_384);
      for (let rest = pipe.read(); rest !== ''; rest = pipe.read()) text += rest;
      expect(end.code).toBe(78);
      // More than a pipe holds.
      expect(text.length).toBeGreaterThan(65_536);
      expect(names.filter((name) => !text.includes(`\n  ${name}\n`))).toEqual([]);
      expect(text.endsWith('\n')).toBe(true);
    });

    it.each<[string, string | undefined]>([
      ['nobody reads', undefined],
      ...(EVERY_KIND ? [['the disk is full', '/dev/full'] as [string, string]] : []),
    ])('end the process with exit code 78 when %s [C12]', async (_, path) => {
      const writer = path === undefined ? fifo().fill().writer() : openSync(path, 'w');
      const startedMs = performance.now();
      const { ended } = start(['ignore', 'ignore', writer], faulty);
      closeSync(writer);
      expect(await ended).toEqual({ code: 78, signal: null });
      expect(performance.now() - startedMs).toBeLessThan(STARTED_WITHIN_MS + OUT_WITHIN_MS);
    });
  });
});
