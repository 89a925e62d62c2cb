import { ConfigurationError } from '../../config/fault.js';
import type { Logger } from '../../telemetry/logger.js';
import { type AdminTokens, type FoundToken, parseTokens, textOf } from './admin-tokens.js';

/**
 * The tokens file, read again for each call: a token that was added, changed or revoked counts from the next call on, without a
 * restart. While the file cannot be read or has a fault, the tokens of before stay valid, so that a slip in it does not take the
 * kill switch away from everybody; that is logged.
 */
export class TokensFile {
  #text: string | undefined;
  #tokens: AdminTokens;
  #problem = '';

  /** `tokens` are those of the start. */
  constructor(
    private readonly path: string | undefined,
    tokens: AdminTokens,
    private readonly logger: Logger,
  ) {
    this.#tokens = tokens;
  }

  get configured(): boolean {
    this.#refresh();
    return this.#tokens.configured;
  }

  find(presented: string): FoundToken {
    this.#refresh();
    return this.#tokens.find(presented);
  }

  #refresh(): void {
    if (this.path === undefined) return;
    try {
      const text = textOf(this.path);
      if (text === this.#text) return;
      const isFirst = this.#text === undefined;
      this.#text = text;
      this.#tokens = parseTokens(this.path, text);
      this.#problem = '';
      if (!isFirst) this.logger.info({ file: this.path }, 'ADMIN_TOKENS_FILE has changed and was read again');
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      if (error.message === this.#problem) return;
      this.#problem = error.message;
      this.logger.error(
        { err: error },
        'ADMIN_TOKENS_FILE has a fault: the tokens of before stay valid until it is corrected',
      );
    }
  }
}
