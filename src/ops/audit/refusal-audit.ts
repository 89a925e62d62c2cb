import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Request } from 'express';
import { addressGroup, addressOf } from '../access/address.js';
import { callerOf } from '../access/caller.js';
import { RateWindow } from '../access/rate-window.js';
import type { Problem } from '../problem/problem.js';
import type { AuditFacts } from './audit-entry.js';
import { AuditLog } from './audit-log.js';

const MINUTE_MS = 60_000;
/** This many refusals of one principal per minute get their own entry; the others are counted in one more entry. */
const AUDITED_EACH = 11;
/** Of all principals together. */
const AUDITED_ALL = 300;
const MAX_SUMS = 1_000;
const OTHERS = '(others)';
const ALL = '*';

interface Sum {
  count: number;
  readonly facts: AuditFacts;
}

const handled = new WeakSet<Request>();

/** The outcome of the call itself is already in the audit, or will be. */
export function auditedElsewhere(request: Request): void {
  handled.add(request);
}

/**
 * Audits API calls that were refused before they reached their handler. A flood of them gets one entry per minute, so
 * that it fills neither Redis nor the memory.
 */
@Injectable()
export class RefusalAudit implements OnApplicationShutdown {
  readonly #audited = new RateWindow(MINUTE_MS);
  readonly #sums = new Map<string, Sum>();
  readonly #timer = setInterval(() => void this.flush(), MINUTE_MS).unref();

  constructor(private readonly log: AuditLog) {}

  /** Called with every error answer; ignores those that are not refused API calls. */
  noteRefused(request: Request, found: Problem): void {
    const path = request.originalUrl.split('?')[0] ?? '';
    if (!/^\/api(\/|$)/i.test(path) || handled.has(request) || found.status >= 500) return;
    const caller = callerOf(request);
    if (caller !== undefined && (found.status === 404 || found.status === 400) && request.method === 'GET') return;
    const address = addressOf(request);
    this.note(caller === undefined ? addressGroup(address) : caller.name, {
      actor: caller?.name ?? '',
      role: caller?.role ?? '',
      address,
      action: `${request.method} ${path}`,
      target: '',
      reason: '',
      outcome: `refused: ${found.status} ${found.title}`,
    });
  }

  note(principal: string, facts: AuditFacts): void {
    const nowMs = performance.now();
    const { count } = this.#audited.count(principal, nowMs);
    if (count <= AUDITED_EACH && this.#audited.count(ALL, nowMs).count <= AUDITED_ALL) {
      void this.log.record(facts);
      return;
    }
    const key = this.#sums.size >= MAX_SUMS && !this.#sums.has(principal) ? OTHERS : principal;
    const sum = this.#sums.get(key);
    if (sum === undefined)
      this.#sums.set(key, { count: 1, facts: key === OTHERS ? { ...facts, actor: '', address: OTHERS } : facts });
    else sum.count += 1;
  }

  /** Writes the sums: one entry per principal. */
  async flush(): Promise<void> {
    const sums = [...this.#sums.values()];
    this.#sums.clear();
    for (const { count, facts } of sums) {
      await this.log.record({ ...facts, outcome: `${facts.outcome}; ${count} such calls since the last entry` });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
