import type { Environment } from '../../config/environment.js';
import type { Notice } from '../../config/previous/notices.js';
import { SymbolSettings } from '../../config/symbols/symbol-settings.js';
import type { AdminTokens } from './admin-tokens.js';

/** What is wrong when fewer people have a token than must approve a plan; nothing where no file is set. */
export function tooFewApprovers(environment: Environment, tokens: AdminTokens): Notice[] {
  const { adminTokensFile: file, symbols, applyAllowlist } = environment;
  if (file === undefined) return [];
  const settings = new SymbolSettings(environment);
  const approvers = tokens.approvers();
  const short = [...new Set([...symbols, ...applyAllowlist])].flatMap((symbol) => {
    const { approvalsNeeded } = settings.forSymbol(symbol);
    return approvalsNeeded > Math.max(1, approvers) ? [`${symbol} needs ${approvalsNeeded}`] : [];
  });
  if (short.length === 0) return [];
  const found = approvers === 1 ? 'one token that may approve' : `${approvers} tokens that may approve`;
  return [
    {
      text: `GOV_APPROVALS_NEEDED asks for more different people than there are: ${file} holds ${found} (operator or admin, not ended), and ${short.join(', ')}. A plan that must be approved can only expire.`,
      remedy: `permit-gate token create --name … --role operator --out ${file}`,
    },
  ];
}
