import { shareOf } from '../../../src/flow/1-proposal.js';
import type { Evidence } from '../evidence.js';
import type { Stamp } from '../stamps.js';
import { type Violation, violation } from './violation.js';

/** What tells one thing that a strategy asks for from another: its share (or that it is a stop) and its id. */
interface Request {
  readonly asked: string;
  readonly epoch: number;
}

type Fields = Readonly<Record<string, string>>;

function requestOf(fields: Fields, action = fields['harvest_action'] ?? ''): Request {
  const share = shareOf(action, fields['close_pct'] ?? '');
  return {
    asked: `${share === undefined ? action : `close ${share}`} of ${fields['proposal_id'] ?? ''}`,
    epoch: Number(fields['last_update_epoch']),
  };
}

/**
 * No claim of a strategy's plan at a time when its strategy asked for something else, or for nothing: by the hash as it stood
 * then, or by a stream entry that an Apply had answered before. An entry that none has read yet withdraws nothing.
 */
export function withdrawn(evidence: Evidence): Violation[] {
  const { traces, plans, stamps } = evidence;
  const published = new Map(plans.map(({ id, fields }) => [fields['plan_id'] ?? '', Number(id.split('-')[0])]));
  const planOf = new Map(evidence.accepted.map(({ fields, planId }) => [fields, planId]));
  const found: Violation[] = [];
  for (const [planId, steps] of traces) {
    const plan = plans.find(({ fields }) => fields['plan_id'] === planId && fields['decision'] === 'EXECUTE')?.fields;
    if (plan === undefined || (plan['source'] !== 'hash' && plan['source'] !== 'stream')) continue;
    const { asked } = requestOf(plan, plan['action']);
    const ofSymbol = stamps.filter(({ symbol }) => symbol === plan['symbol']);
    for (const { at_ms: atMs, attempt } of steps.filter(({ step }) => step === 'claimed')) {
      const others = answeredBefore(planOf, ofSymbol, published, atMs, asked);
      const possible = hashesAt(ofSymbol, atMs);
      if (possible.some((hash) => allows(hash, plan['source'] === 'hash', asked, ofSymbol, others, atMs))) continue;
      const last = possible[0] === undefined ? 'nothing' : requestOf(possible[0]).asked;
      const instead = last === asked ? 'something else by a newer entry of the stream' : last;
      const what = `attempt ${attempt} of plan ${planId} (${asked}, ${plan['source']}, ${plan['symbol'] ?? ''}) was claimed at ${atMs}, when its strategy asked for ${instead}`;
      found.push(violation('no-claim-after-withdrawal', what, planId));
    }
  }
  return found;
}

/** The hash as it may have been at a time: `undefined` for none. A write that was under way may have taken effect or not. */
function hashesAt(stamps: readonly Stamp[], atMs: number): (Fields | undefined)[] {
  const writes = stamps.filter(({ channel, sentMs }) => channel === 'hash' && sentMs <= atMs);
  const settled = writes.findLastIndex(({ writtenMs }) => writtenMs < atMs);
  return [
    settled === -1 ? undefined : writes[settled]?.fields,
    ...writes.filter((_, index) => index > settled).map(({ fields }) => fields),
  ];
}

/** The newest other request of the stream that an Apply had noted before: its plan or its refusal was in the plan stream. */
function answeredBefore(
  planOf: ReadonlyMap<Fields, string>,
  stamps: readonly Stamp[],
  published: ReadonlyMap<string, number>,
  atMs: number,
  asked: string,
): number {
  const epochs = stamps
    .filter(({ channel, fields }) => channel === 'stream' && fields !== undefined)
    .filter(({ fields = {} }) => (published.get(planOf.get(fields) ?? '') ?? Infinity) < atMs)
    .map(({ fields = {} }) => requestOf(fields))
    .filter((request) => request.asked !== asked)
    .map(({ epoch }) => epoch);
  return Math.max(-Infinity, ...epochs);
}

function allows(
  hash: Fields | undefined,
  mustExist: boolean,
  asked: string,
  stamps: readonly Stamp[],
  otherEpoch: number,
  atMs: number,
): boolean {
  if (hash === undefined && mustExist) return false;
  const inStream = stamps
    .filter(({ channel, sentMs, fields }) => channel === 'stream' && sentMs <= atMs && fields !== undefined)
    .map(({ fields }) => requestOf(fields ?? {}))
    .filter((request) => request.asked === asked)
    .reduce((newest, { epoch }) => Math.max(newest, epoch), -Infinity);
  const ofHash = hash === undefined ? undefined : requestOf(hash);
  // A newer entry of the stream counts instead of the hash; one that nobody has noted yet does not.
  if (ofHash === undefined || ofHash.asked !== asked)
    return inStream > Math.max(otherEpoch, ofHash?.epoch ?? -Infinity);
  // Of two within one epoch the hash counts.
  return ofHash.epoch >= otherEpoch || inStream > otherEpoch;
}
