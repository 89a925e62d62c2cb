import { type AuditKey, readHead } from './audit-chain.js';
import type { KnownEnd } from './audit-verifier.js';

/** The recorded ends of all chains, as {@link readHead} reads them. */
export type Heads = ReadonlyMap<string, string>;

const DAY_MS = 86_400_000;

/** What one process knows of the chains of the others: their newest ends, and which of them its own chain has noted. */
export class OtherChains {
  /** The newest end that was seen, and when it rose. */
  readonly #seen = new Map<string, { readonly text: string; readonly roseMs: number }>();
  readonly #noted = new Map<string, string>();

  constructor(
    private readonly own: string,
    private readonly keys: readonly AuditKey[],
  ) {}

  /**
   * One sentence per end that is not what it was. An end that rose lately is that of a live process, and can only rise; that of an ended
   * process goes away with its chain.
   */
  compare(heads: Heads, nowMs: number): string[] {
    const found: string[] = [];
    for (const [chain, { text, roseMs }] of this.#seen) {
      const before = readHead(chain, text, this.keys);
      const now = readHead(chain, heads.get(chain) ?? '', this.keys);
      const isBack = now === undefined || now.proof === 'wrong' || now.seq < (before?.seq ?? 0);
      if (!isBack) continue;
      this.#seen.delete(chain);
      if (nowMs - roseMs > DAY_MS) continue;
      const is = now === undefined ? 'gone' : now.proof === 'wrong' ? 'forged' : `entry ${now.seq}`;
      found.push(`the recorded end of the audit chain ${chain} was entry ${before?.seq}, and is ${is}`);
    }
    for (const [chain, text] of heads) {
      const now = readHead(chain, text, this.keys);
      const before = this.#seen.get(chain);
      if (chain === this.own || before?.text === text || now === undefined || now.proof === 'wrong') continue;
      this.#seen.set(chain, { text, roseMs: before === undefined ? -Infinity : nowMs });
    }
    return found;
  }

  known(by: string): (KnownEnd & { readonly chain: string })[] {
    return [...this.#seen].flatMap(([chain, { text }]) => {
      const head = readHead(chain, text, this.keys);
      return head === undefined ? [] : [{ ...head, by, chain }];
    });
  }

  /** The ends that the own chain has not noted yet; all of them at a checkpoint, since the older notes go. */
  toNote(heads: Heads, all: boolean): Readonly<Record<string, string>> {
    const noted: Record<string, string> = {};
    for (const [chain, text] of heads) {
      if (chain === this.own || (!all && this.#noted.get(chain) === text)) continue;
      if (readHead(chain, text, this.keys) !== undefined) noted[chain] = text;
    }
    return noted;
  }

  noteStored(noted: Readonly<Record<string, string>>): void {
    for (const [chain, text] of Object.entries(noted)) this.#noted.set(chain, text);
  }
}
