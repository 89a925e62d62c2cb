import { join } from 'node:path';
import { appendToken, newToken } from '../../src/cli/token-file.js';

export interface AdminToken {
  readonly token: string;
  /** For `ADMIN_TOKENS_FILE`. */
  readonly tokensFile: string;
}

/** Makes an admin's token, and the file by which a gate knows it, in `folder`. */
export function createAdminToken(folder: string, name: string): AdminToken {
  const tokensFile = join(folder, 'tokens.json');
  const { token, entry } = newToken(name, 'admin');
  appendToken(tokensFile, entry);
  return { token, tokensFile };
}
