import { readFileSync } from 'node:fs';
import { decodeJson } from '../../flow/0-json.js';
import { auditKeysIn, EARLIER, isEarlierFormat } from '../../redis/stores/audit-chain.js';
import { type CopiedEntry, entriesIn } from '../../redis/stores/audit-lines.js';
import { chainJson, ChainVerifier, endInCopy, endsNoted } from '../../redis/stores/audit-verifier.js';
import { compareIds } from '../../redis/streams/stream-entry.js';
import { CommandFailure, EXIT } from '../exit.js';
import { auditOf } from './audit-export.js';
import type { ApiClient } from './client.js';
import { object, objects, type Schema, text } from './reading.js';

type Verified = Schema<'AuditVerifiedAnswer'>;

/** By the deployment itself, with the keys that it has. */
export const verdictOf = (api: ApiClient): Promise<Verified> => api.ask((calls) => calls.GET('/api/v1/audit/verify'));

interface Sources {
  readonly file: string | undefined;
  readonly keyFile: string | undefined;
  readonly copy: string | undefined;
}

interface RecordedEnd {
  readonly head: string;
  readonly lastId: string;
}

/** By this command, from an export or the entries of a running deployment, so that nothing else has to be trusted. */
export async function verdictHere(api: ApiClient | undefined, { file, keyFile, copy }: Sources): Promise<Verified> {
  const keys = auditKeysIn(keyFile === undefined ? undefined : read(keyFile));
  const entries: CopiedEntry[] = [];
  const recorded = new Map<string, RecordedEnd>();
  const takeEnds = (ends: readonly Schema<'ChainReportAnswer'>[]): void => {
    for (const { chain, head, last_id: lastId } of ends)
      if (typeof head === 'string')
        recorded.set(text(chain), { head, lastId: typeof lastId === 'string' ? lastId : '' });
  };
  if (api !== undefined) {
    takeEnds(objects((await verdictOf(api)).chains));
    for await (const entry of auditOf(api)) entries.push(entry);
  } else if (file !== undefined) {
    const exported = read(file);
    entries.push(...entriesIn(exported));
    takeEnds(exported.split('\n').flatMap((line) => (line.includes('"head"') ? [object(decodeJson(line))] : [])));
  }
  const copied = copy === undefined ? [] : entriesIn(read(copy));
  const names = new Set([
    ...recorded.keys(),
    ...entries.map(({ chain }) => chain),
    ...copied.map(({ chain }) => chain),
  ]);
  names.delete(EARLIER);
  // Every entry of a copy must be in its chain, unless a checkpoint has cut it.
  const copiedEnds = (chain: string) =>
    copied.flatMap((entry) => (entry.chain === chain ? (endInCopy(entry, keys) ?? []) : []));
  const verifiers = [...names].map((chain) => new ChainVerifier(chain, keys));
  const oldestFirst = entries.toSorted((a, b) => compareIds(a.id, b.id));
  for (const verifier of verifiers)
    for (const entry of oldestFirst) if (entry.chain === verifier.chain) verifier.add(entry);
  const noted = endsNoted(verifiers, keys);
  const chains = verifiers.map((verifier) => {
    const { chain } = verifier;
    const known = [...(noted.get(chain) ?? []), ...copiedEnds(chain)];
    const head = recorded.get(chain)?.head;
    // An end that was recorded before the entries were read may be older than they are.
    const traces = {
      lastId: recorded.get(chain)?.lastId ?? '',
      headBefore: head,
      headAfter: api === undefined ? head : undefined,
    };
    return chainJson(verifier.report({ ...traces, known }));
  });
  const earlier = oldestFirst.filter((entry) => entry.chain === EARLIER && isEarlierFormat(entry)).length;
  const intact = chains.every(({ faults }) => faults.length === 0);
  return { intact, chains, earlier: { entries: earlier, fault: null } };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandFailure(EXIT.configuration, `${JSON.stringify(path)} cannot be read (${code})`, { cause: error });
  }
}
