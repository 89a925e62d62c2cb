import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { CopiedEntry } from '../../redis/stores/audit-lines.js';
import { CommandFailure, EXIT } from '../exit.js';
import type { ApiClient } from './client.js';
import { object, objects, text } from './reading.js';

const PAGE = 500;

/** All entries of a deployment, newest first. */
export async function* auditOf(api: ApiClient): AsyncGenerator<CopiedEntry> {
  let cursor: string | undefined;
  for (;;) {
    const query = { raw: 'true' as const, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await api.ask((calls) => calls.GET('/api/v1/audit', { params: { query } }));
    for (const entry of objects(answer.entries)) {
      const fields = Object.fromEntries(
        Object.entries(object(entry['fields'])).map(([name, value]) => [name, String(value)]),
      );
      yield { chain: text(entry.chain), id: text(entry.id), fields };
    }
    const next = answer.next_cursor;
    if (typeof next !== 'string') return;
    cursor = next;
  }
}

/** One line per entry, then one per chain with its recorded end. */
export async function exportAudit(api: ApiClient, output: string | undefined): Promise<void> {
  const out: Writable = output === undefined ? process.stdout : createWriteStream(output, { flags: 'wx', mode: 0o600 });
  try {
    if (output !== undefined) await once(out, 'open');
    const line = async (value: unknown): Promise<void> => {
      if (!out.write(`${JSON.stringify(value)}\n`)) await once(out, 'drain');
    };
    for await (const entry of auditOf(api)) await line(entry);
    const { chains } = await api.ask((calls) => calls.GET('/api/v1/audit/verify'));
    for (const { chain, head, last_id: lastId } of objects(chains)) await line({ chain, head, last_id: lastId });
    if (output === undefined) return;
    out.end();
    await finished(out);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(EXIT.notHolding, `${output ?? 'standard output'} cannot be written: ${detail}`, {
      cause: error,
    });
  }
}
