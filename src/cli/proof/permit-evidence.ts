import { decimalFromJson, toPlainString } from '../../flow/0-decimal.js';
import { type Fields, parseBooleanField } from '../../flow/0-primitives.js';
import type { Issuer } from '../../flow/3-permit.js';
import { PlanRecords } from '../../redis/stores/plan-records.js';
import { entryTimeMs } from '../../redis/streams/stream-entry.js';
import type { RedisSession } from '../redis-session.js';
import type { DeploymentWatch, SeenEntry } from './deployment-watch.js';
import { type FoundPermit, PermitKeyWatch } from './permit-key-watch.js';

/** Where a permit was read: under its key, in the event that announced it, or in the plan's trace after the claim. */
export type ReadFrom = 'permit key' | 'permit event' | 'plan trace';

export type PermitEvidence =
  | { readonly kind: 'allow'; readonly ttlSec: number; readonly readFrom: ReadFrom; readonly body: Fields }
  /** An order was sent, so both permits were there; this one was gone before it could be read. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'deny'; readonly reason: string; readonly readFrom: ReadFrom }
  | { readonly kind: 'none'; readonly reason: string };

/** The attempt whose permits are searched. */
export interface WatchedPlan {
  readonly planId: string;
  /** `""` where the publisher numbers no attempts. */
  readonly attempt: string;
}

const LOOK_EVERY_MS = 5;

/** Finds the permits of one attempt in any place that still has them. */
export class PermitSearch {
  readonly #keys: PermitKeyWatch;

  constructor(
    private readonly session: RedisSession,
    private readonly watch: DeploymentWatch,
    private readonly plan: WatchedPlan,
    private readonly withinMs: number,
  ) {
    this.#keys = new PermitKeyWatch(session, plan.planId);
  }

  /** Prefers the key; an event or the end of the attempt ends the search. */
  async find(issuer: Issuer): Promise<PermitEvidence> {
    const untilMs = performance.now() + this.withinMs;
    for (;;) {
      const event = await this.watch.first((entry) => this.#isEventOf(entry, issuer), LOOK_EVERY_MS);
      const atKey = this.#keys.found[issuer];
      if (atKey !== undefined) return evidenceAtKey(issuer, atKey);
      if (event !== undefined) return evidenceOf(issuer, event);
      const result = await this.watch.first((entry) => entry.stream === 'result' && this.#isOwn(entry), 0);
      if (result !== undefined) return this.#afterwards(issuer, result);
      if (performance.now() > untilMs) return { kind: 'none', reason: 'neither permit nor result came' };
    }
  }

  async stop(): Promise<void> {
    await this.#keys.stop();
  }

  #isOwn({ fields }: SeenEntry): boolean {
    return fields['plan_id'] === this.plan.planId && (fields['attempt'] ?? '') === this.plan.attempt;
  }

  #isEventOf(entry: SeenEntry, issuer: Issuer): boolean {
    return entry.stream === 'permit' && entry.fields['issuer'] === issuer && this.#isOwn(entry);
  }

  /** The attempt has ended: a claimed permit is in the trace, any other is in the result. */
  async #afterwards(issuer: Issuer, result: SeenEntry): Promise<PermitEvidence> {
    const trace = await new PlanRecords(this.session.commands, this.session.keys).trace(this.plan.planId);
    const claim = trace.findLast((step) => step['step'] === 'claimed' && step['attempt'] === Number(this.plan.attempt));
    const bytes = claim?.[issuer];
    const body = typeof bytes === 'string' ? bodyOf(bytes) : undefined;
    if (body !== undefined && claim !== undefined)
      return { kind: 'allow', ttlSec: ttlSecAt(body, Number(claim['at_ms'])), readFrom: 'plan trace', body };
    const { error = '', reason = '', schema, executed } = result.fields;
    // Another implementation of Apply keeps no trace of the permits that it took.
    if (schema === undefined && parseBooleanField(executed) === true) return { kind: 'taken' };
    return {
      kind: 'none',
      reason: `the attempt ended ${error === '' ? 'without it' : error}${reason === '' ? '' : ` (${reason})`}`,
    };
  }
}

function evidenceAtKey(issuer: Issuer, { bytes, ttlMs }: FoundPermit): PermitEvidence {
  const body = bodyOf(bytes);
  if (!says(issuer, body)) return { kind: 'deny', reason: reasonOf(body), readFrom: 'permit key' };
  return { kind: 'allow', ttlSec: Math.round(ttlMs / 1_000), readFrom: 'permit key', body };
}

function evidenceOf(issuer: Issuer, { id, fields }: SeenEntry): PermitEvidence {
  const body = bodyOf(fields['permit'] ?? '');
  if (fields['verdict'] !== 'allow' || !says(issuer, body))
    return { kind: 'deny', reason: reasonOf(body), readFrom: 'permit event' };
  return { kind: 'allow', ttlSec: ttlSecAt(body, entryTimeMs(id)), readFrom: 'permit event', body };
}

const says = (issuer: Issuer, body: Fields): boolean => body[issuer === 'governor' ? 'granted' : 'allow'] === 'true';

const ttlSecAt = (body: Fields, atMs: number): number => Math.round((Number(body['expires_at_ms']) - atMs) / 1_000);

function reasonOf(body: Fields): string {
  const context = body['context'] ?? '';
  return `${body['reason'] ?? 'no reason given'}${context === '' || context === '{}' ? '' : ` ${context}`}`;
}

/** The members of a permit as text, numbers without exponent. */
function bodyOf(bytes: string): Fields {
  try {
    const value: unknown = JSON.parse(bytes);
    if (value === null || typeof value !== 'object') return {};
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, memberText(member)]));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function memberText(member: unknown): string {
  const decimal = decimalFromJson(member);
  if (decimal !== undefined) return toPlainString(decimal);
  return typeof member === 'string' ? member : JSON.stringify(member);
}
