import { Injectable } from '@nestjs/common';
import { type Issuer, ISSUERS } from '../../flow/3-permit.js';
import { PermitStore } from '../../redis/stores/permit-store.js';
import { PlanRecords } from '../../redis/stores/plan-records.js';
import { parsePlanId } from '../../flow/0-primitives.js';
import { planUnknown } from './known-plan.js';
import { ISSUER_NAMES, NO_VERDICTS, verdictIn, verdictWords } from './plan-verdicts.js';
import type { PermitAnswer, PlanPermitsAnswer } from './plan-permits.dto.js';
import { type Json, objectIn, storedJson } from './stored-json.js';

/** How much of a signature is shown: enough to compare, too little to use. */
const SHOWN_OF_SIGNATURE = 8;

/** What a verdict says, wherever it was found. */
interface Found {
  readonly bytes: string;
  /** `stored`: it is in Redis now. */
  readonly place: 'stored' | 'used' | 'unused';
  readonly ttlMs: number | null;
}

/** The verdicts of both issuers on a plan: those that are stored now, else those that the last attempt used or left. */
@Injectable()
export class PlanPermits {
  constructor(
    private readonly records: PlanRecords,
    private readonly permits: PermitStore,
  ) {}

  /** Throws 404 when neither a plan nor a permit is known. */
  async of(given: string): Promise<PlanPermitsAnswer> {
    const planId = parsePlanId(given);
    if (planId === undefined) throw planUnknown(given);
    const [record, trace, [stored = NO_VERDICTS], ttls] = await Promise.all([
      this.records.find(planId),
      this.records.trace(planId),
      this.permits.current([planId]),
      this.permits.timesToLive(planId),
    ]);
    if (record === undefined && Object.values(stored).every((bytes) => bytes === '')) throw planUnknown(given);
    const found = (issuer: Issuer): Found | undefined => {
      if (stored[issuer] !== '') return { bytes: stored[issuer], place: 'stored', ttlMs: ttls[issuer] };
      if (issuer === 'governor' && stored.block !== '')
        return { bytes: stored.block, place: 'stored', ttlMs: ttls.block };
      const step = trace.findLast((each) => each['attempt'] === record?.attempt && each[issuer] !== undefined);
      const bytes = step?.[issuer];
      if (typeof bytes !== 'string') return undefined;
      return { bytes, place: step?.['step'] === 'claimed' ? 'used' : 'unused', ttlMs: null };
    };
    return {
      plan_id: planId,
      symbol: record?.symbol ?? '',
      state: record?.state ?? '',
      attempt: record?.attempt ?? 0,
      permits: ISSUERS.map((issuer) => permitOf(issuer, found(issuer))),
    };
  }
}

function permitOf(issuer: Issuer, found: Found | undefined): PermitAnswer {
  const name = ISSUER_NAMES[issuer];
  if (found === undefined)
    return {
      issuer,
      verdict: 'none',
      place: 'none',
      ttl_ms: null,
      issued_by: '',
      text: `${name}: no permit is stored, and none was used.`,
      permit: null,
    };
  const permit = objectIn(storedJson(found.bytes));
  const verdict = verdictIn(issuer, permit);
  const by = issuedBy(permit);
  return {
    issuer,
    verdict,
    place: found.place,
    ttl_ms: found.ttlMs,
    issued_by: by,
    text: [verdictWords(issuer, verdict, permit), lives(found), by === '' ? '' : `Issued by ${by}.`]
      .filter((part) => part !== '')
      .join(' '),
    permit: permit === undefined ? null : withoutSignature(permit),
  };
}

/** Ours name their issuer; the permit of a hand or of another service does not. */
function issuedBy(permit: Json | undefined): string {
  if (permit === undefined) return '';
  const { issuer, kid, by } = permit;
  if (typeof by === 'string') return `${by}, by hand`;
  if (typeof issuer !== 'string') return 'a hand or another service';
  return typeof kid === 'string' ? `${issuer} with key ${kid}` : issuer;
}

function lives({ place, ttlMs }: Found): string {
  if (place === 'used') return 'The claim has used it.';
  if (place === 'unused') return 'It was not used, and was removed with the result.';
  return ttlMs === null ? '' : `It lives ${Math.ceil(ttlMs / 1000)} s more.`;
}

function withoutSignature(permit: Json): Json {
  const { sig } = permit;
  return typeof sig === 'string' ? { ...permit, sig: `${sig.slice(0, SHOWN_OF_SIGNATURE)}…` } : permit;
}
