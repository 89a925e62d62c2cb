import type { ExchangeHealth } from './exchange.port.js';

/** What the last calls showed: whether the exchange answers and accepts our key. */
export class HealthRecord {
  private lastAnswerMs = 0;
  /** By kind of call: a good public answer proves nothing about the key. */
  private readonly errors = new Map<'signed' | 'public', string>();

  constructor(private readonly hasCredentials: boolean) {}

  answered(signed: boolean): void {
    this.lastAnswerMs = Date.now();
    this.errors.delete(signed ? 'signed' : 'public');
  }

  failed(signed: boolean, error: unknown): void {
    this.errors.set(signed ? 'signed' : 'public', error instanceof Error ? error.message : String(error));
  }

  report(): ExchangeHealth {
    const { lastAnswerMs } = this;
    if (!this.hasCredentials) return { state: 'no_credentials' };
    const lastError = this.errors.get('signed') ?? this.errors.get('public');
    if (lastAnswerMs === 0) return { state: 'never_answered', lastError: lastError ?? 'not asked yet', lastAnswerMs };
    return lastError === undefined ? { state: 'ok', lastAnswerMs } : { state: 'failing', lastError, lastAnswerMs };
  }
}
