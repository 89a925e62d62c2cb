import { Injectable } from '@nestjs/common';
import type { Issuer } from '../flow/3-permit.js';

/** More than are issued within the life of a permit on a busy process. */
const KEPT = 1_024;

/**
 * The newest permits that an issuer of this process has sealed. The Apply of the same process does not verify their signatures again: bytes
 * that are equal to the last one are the permit that was signed here, whoever put them into Redis.
 */
@Injectable()
export class SealedHere {
  readonly #texts = new Set<string>();

  add(issuer: Issuer, bytes: string): void {
    this.#texts.add(`${issuer}:${bytes}`);
    if (this.#texts.size <= KEPT) return;
    const [oldest = ''] = this.#texts;
    this.#texts.delete(oldest);
  }

  has(issuer: Issuer, bytes: string): boolean {
    return this.#texts.has(`${issuer}:${bytes}`);
  }
}
