import { ConfigurationError } from '../../config/fault.js';
import { RereadFile } from '../../config/reread-file.js';
import type { Logger } from '../../telemetry/logger.js';
import { type AdminTokens, type FoundToken, parseTokens, textOf } from './admin-tokens.js';

/**
 * The tokens file, read again for each call: a token that was added, changed or revoked counts from the next call on. While the
 * file cannot be read or has a fault, the tokens of before stay valid, so that a slip in it does not take the kill switch away from
 * everybody; that is logged.
 */
export class TokensFile {
  readonly #file: RereadFile | undefined;
  #tokens: AdminTokens;

  /** `tokens` are those of the start. */
  constructor(path: string | undefined, tokens: AdminTokens, logger: Logger) {
    this.#tokens = tokens;
    if (path === undefined) return;
    let isFirst = true;
    this.#file = new RereadFile({
      read: () => textOf(path),
      take: (text) => {
        this.#tokens = parseTokens(path, text);
        if (!isFirst) logger.info({ file: path }, 'ADMIN_TOKENS_FILE has changed and was read again');
        isFirst = false;
      },
      refuse: (error) => {
        if (!(error instanceof ConfigurationError)) throw error;
        logger.error(
          { err: error },
          'ADMIN_TOKENS_FILE has a fault: the tokens of before stay valid until it is corrected',
        );
      },
    });
  }

  get configured(): boolean {
    this.#file?.look();
    return this.#tokens.configured;
  }

  /** When the first token that has not ended expires, epoch ms; `undefined` when none does. */
  get firstExpiryMs(): number | undefined {
    this.#file?.look();
    return this.#tokens.firstExpiryMs();
  }

  named(name: string): ReturnType<AdminTokens['named']> {
    this.#file?.look();
    return this.#tokens.named(name);
  }

  find(presented: string): FoundToken {
    this.#file?.look();
    return this.#tokens.find(presented);
  }
}
