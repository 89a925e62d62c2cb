import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import type { startPaperExchange } from '../../src/paper-exchange/index.js';
import type { Children } from './children.js';
import type { VenueFault } from './venue-faults.js';

export type VenueRecords = ReturnType<Awaited<ReturnType<typeof startPaperExchange>>['records']>;

const SCRIPT = fileURLToPath(new URL('paper-process.mjs', import.meta.url));
const UP_WITHIN_MS = 20_000;
/** Many processes share one address here, and a run is no test of the venue's limits. */
export const LIMITS = { weightPerMinute: 1_000_000, ordersPer10s: 10_000, ordersPerMinute: 100_000 };

/** The paper exchange, in a process of its own, steered over its control interface. */
export class Paper {
  constructor(readonly port: number) {}

  records(): Promise<VenueRecords> {
    return this.#ask('GET', 'records') as Promise<VenueRecords>;
  }

  async addFaults(faults: readonly VenueFault[]): Promise<void> {
    for (const { forMs, ...fault } of faults) {
      await this.#ask('POST', 'faults', forMs === undefined ? fault : { ...fault, untilMs: Date.now() + forMs });
    }
  }

  async clearFaults(): Promise<void> {
    await this.#ask('DELETE', 'faults');
    await this.streams('resume');
  }

  async streams(action: 'drop' | 'expire' | 'silence' | 'resume'): Promise<void> {
    await this.#ask('POST', 'streams', { action });
  }

  async #ask(method: string, what: string, body?: object): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/paper/${what}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const given: unknown = await answer.json();
    if (!answer.ok) throw new Error(`the paper exchange refused ${method} ${what}: ${JSON.stringify(given)}`);
    return given;
  }
}

/** What the paper exchange starts with, beside its limits. */
export type PaperStart = Pick<
  NonNullable<Parameters<typeof startPaperExchange>[0]>,
  'positions' | 'marks' | 'exchangeInfoFile'
>;

export async function startPaper(children: Children, dist: string, folder: string, start: PaperStart): Promise<Paper> {
  const options = JSON.stringify({ port: 0, ...start, limits: LIMITS });
  const child = children.start(process.execPath, [SCRIPT, resolve(dist), options], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
  });
  let output = '';
  const restUrl = await new Promise<string>((found, failed) => {
    const timer = setTimeout(() => failed(new Error(`the paper exchange did not come up:\n${output}`)), UP_WITHIN_MS);
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const told = /"rest_url":"([^"]+)"/.exec(output)?.[1];
      if (told === undefined) return;
      clearTimeout(timer);
      found(told);
    });
    child.once('exit', () => failed(new Error(`the paper exchange ended:\n${output}`)));
  });
  return new Paper(Number(new URL(restUrl).port));
}
