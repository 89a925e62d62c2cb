import { commaSeparated } from './value-parsers/words.js';
import { PERMIT_ISSUERS, type PermitIssuer } from './roles.js';

/**
 * Reads `PERMIT_SIGNING_KEY_FILE`: one path, or a path per issuer as `governor=/path,p33=/path`. `undefined` when the list
 * names an issuer that does not exist, one issuer twice, or no path.
 */
export function signingKeyPaths(text: string): string | ReadonlyMap<PermitIssuer, string> | undefined {
  if (!/^[a-z0-9]+=/.test(text)) return text;
  const paths = new Map<PermitIssuer, string>();
  for (const entry of commaSeparated(text)) {
    const separator = entry.indexOf('=');
    const issuer = PERMIT_ISSUERS.find((known) => known === entry.slice(0, separator));
    const path = entry.slice(separator + 1);
    if (issuer === undefined || path === '' || paths.has(issuer)) return undefined;
    paths.set(issuer, path);
  }
  return paths;
}
