import { randomBytes } from 'node:crypto';

const LISTEN_KEY_LIFE_MS = 60 * 60_000;

/** The listen key of the account: one at a time, alive for an hour after it was last asked for or renewed. */
export class ListenKeys {
  private current: { key: string; expiresAtMs: number } | undefined;

  /** The live key, renewed, or a new one. */
  obtain(nowMs: number): string {
    if (!this.current || this.current.expiresAtMs <= nowMs) {
      this.current = { key: randomBytes(32).toString('hex'), expiresAtMs: 0 };
    }
    this.current.expiresAtMs = nowMs + LISTEN_KEY_LIFE_MS;
    return this.current.key;
  }

  /** @returns the renewed key, `undefined` when there is none alive */
  renew(nowMs: number): string | undefined {
    if (!this.current || this.current.expiresAtMs <= nowMs) return undefined;
    this.current.expiresAtMs = nowMs + LISTEN_KEY_LIFE_MS;
    return this.current.key;
  }

  isAlive(key: string, nowMs: number): boolean {
    return this.current?.key === key && this.current.expiresAtMs > nowMs;
  }

  /** Takes the key away if its time is over, or at once with `force`. @returns the key that ended */
  expire(nowMs: number, force: boolean): string | undefined {
    if (!this.current || (!force && this.current.expiresAtMs > nowMs)) return undefined;
    const { key } = this.current;
    this.current = undefined;
    return key;
  }
}
