import { lasting } from '../../gates/why/blocker.js';
import { CONDITIONS } from './catalogue.js';
import type { Line } from './news.js';

/** The others leave the word to the process that told last; only if it is silent too, for it may be what is gone, they speak. */
const OTHERS_AFTER_MS = 60_000;

/** Knows since when Redis is away, and when this process must say so: without Redis nobody can agree on who does. */
export class RedisOutage {
  #sinceMs: number | undefined;
  #isTold = false;

  constructor(private readonly me: string) {}

  get isTold(): boolean {
    return this.#isTold;
  }

  /** The line to send, once. `ledLast`: this process told last. Times are of a clock that only runs. */
  away(nowMs: number, ledLast: boolean, why: string): Line | undefined {
    this.#sinceMs ??= nowMs;
    const forMs = nowMs - this.#sinceMs;
    if (this.#isTold || forMs < (ledLast ? CONDITIONS.redis_away.lastsSec * 1000 : OTHERS_AFTER_MS)) return undefined;
    this.#isTold = true;
    return this.#line(
      'new',
      `${this.me} has not reached Redis for ${lasting(forMs)}: ${why}. Nothing is traded without it.`,
    );
  }

  /** Redis answers. The line to send where {@link away} was told. */
  back(nowMs: number): Line | undefined {
    const forMs = nowMs - (this.#sinceMs ?? nowMs);
    const wasTold = this.#isTold;
    this.#sinceMs = undefined;
    this.#isTold = false;
    return wasTold ? this.#line('resolved', `${this.me} reaches Redis again, after ${lasting(forMs)}`) : undefined;
  }

  #line(kind: Line['kind'], text: string): Line {
    const { severity } = CONDITIONS.redis_away;
    return { kind, key: 'redis_away', reason: 'redis_away', severity, text, remedy: 'permit-gate doctor' };
  }
}
