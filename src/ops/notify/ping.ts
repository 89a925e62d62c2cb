import { call, demandSuccess } from './channels/http-call.js';

const EVERY_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** `…/fail` says that something is wrong, as healthchecks.io and its like take it. */
export function pingUrl(base: string, isWell: boolean): string {
  if (isWell) return base;
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/fail`;
  return url.href;
}

export async function ping(base: string, isWell: boolean, signal = AbortSignal.timeout(TIMEOUT_MS)): Promise<void> {
  demandSuccess(await call(pingUrl(base, isWell), {}, signal));
}

/** Calls the address every minute for as long as this process can judge, and at once when its judgement turns bad. */
export class DeadMansPing {
  #judged: boolean | undefined;
  #nextMs = 0;
  #underWay: Promise<void> | undefined;

  constructor(
    private readonly base: string,
    private readonly onOutcome: (error: unknown) => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** `undefined`: another process judges, or nobody can. */
  judge(isWell: boolean | undefined): void {
    const turnedBad = isWell === false && this.#judged !== false;
    this.#judged = isWell;
    if (isWell === undefined || (!turnedBad && this.nowMs() < this.#nextMs) || this.#underWay !== undefined) return;
    this.#nextMs = this.nowMs() + EVERY_MS;
    this.#underWay = this.#call(isWell);
  }

  async #call(isWell: boolean): Promise<void> {
    try {
      await ping(this.base, isWell);
      this.onOutcome(undefined);
    } catch (error) {
      this.onOutcome(error);
    } finally {
      this.#underWay = undefined;
    }
  }
}
