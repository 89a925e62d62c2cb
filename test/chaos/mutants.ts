import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TempResources } from '../harness/temp-resources.js';

interface Patch {
  /** In the built application. */
  readonly file: string;
  readonly find: RegExp;
  readonly replace: string;
}

export interface Mutant {
  readonly name: string;
  /** What was removed. */
  readonly what: string;
  readonly patches: readonly Patch[];
}

const CLAIM = 'redis/scripts/lua/claim_permits.lua';
const REFUSAL = 'redis/scripts/lua/lib/claim_refusal.lua';

/** Each removes one safeguard; the harness must find every one. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'claim-without-guard',
    what: 'the claim ignores another order open on the symbol, and the position epoch',
    patches: [
      { file: REFUSAL, find: /^ +if redis\.call\('EXISTS', keys\.inflight\).*$/m, replace: '' },
      { file: REFUSAL, find: /^ +if permits\.epoch ~= ''.*position_changed.*$/m, replace: '' },
    ],
  },
  {
    name: 'claim-without-attempt',
    what: 'the claim asks for neither state, attempt and window nor permits',
    patches: [
      { file: CLAIM, find: /^if plan\.state ~= 'WAITING'.*$/m, replace: '' },
      { file: REFUSAL, find: /^ +if now >= tonumber\(plan\.deadline_ms\).*$/m, replace: '' },
      { file: REFUSAL, find: /^ +if found == .*\n.*permit_changed.*$/m, replace: '' },
    ],
  },
  {
    name: 'acknowledge-first',
    what: 'stream entries are acknowledged before their effect',
    patches: [
      {
        file: 'redis/streams/stream-consumer.js',
        find: /if \(\(?await this\.#inOrder\(entry\)\)? === 'done'\) await this\.#acknowledge\(entry\.id\);/,
        replace: 'await this.#acknowledge(entry.id); await this.#inOrder(entry);',
      },
    ],
  },
  {
    name: 'write-before-claim',
    what: 'the order is written without waiting for its claim',
    patches: [
      {
        file: 'apply/order-sender.js',
        find: /const claimed = await this\.#claimed\(order, request,/,
        replace: 'const early = request.send(); const claimed = await this.#claimed(order, request,',
      },
      { file: 'apply/order-sender.js', find: /const answer = request\.send\(\);/, replace: 'const answer = early;' },
    ],
  },
  {
    name: 'proof-time-zero',
    what: 'an order that is not found at once counts as proven absent',
    patches: [
      {
        file: 'apply/unknown-resolver.js',
        find: /#acceptedBefore\(\{ acceptUntilMs \}, ms\) \{/,
        replace: '#acceptedBefore() { return true;',
      },
      {
        file: 'flow/5-evidence.js',
        find: /export function judgeLostOrder\(order, evidence\) \{/,
        replace: "export function judgeLostOrder() { return { kind: 'absent', because: '' };",
      },
    ],
  },
  {
    name: 'stop-without-waiting',
    what: 'the call that engages the kill switch does not wait for what was claimed',
    patches: [
      {
        file: 'ops/control/claimed-orders.js',
        find: /while ?\(await this\.untilAnswered\(call, 'looking for orders in flight'/,
        replace: "while(false && await this.untilAnswered(call, 'looking for orders in flight'",
      },
    ],
  },
  {
    name: 'fill-counts-twice',
    what: 'the ledger does not remember which fills it has counted',
    patches: [{ file: 'redis/scripts/lua/apply_fill.lua', find: /^redis\.call\('SET', fill,.*$/m, replace: '' }],
  },
  {
    name: 'claim-without-standing',
    what: 'the claim does not ask whether the proposal still stands',
    patches: [{ file: REFUSAL, find: /^ +if stands ~= 'stands' then return stands end$/m, replace: '' }],
  },
  {
    name: 'absence-without-position',
    what: 'an order that no look-up and no trade shows is absent, wherever the position went',
    patches: [
      {
        file: 'flow/5-evidence.js',
        find: /const moved = movedOtherwise\(evidence\);(?=\s+if \(moved\.kind === 'no_vote'\) return order\.isStop)/,
        replace: "return absent('');",
      },
    ],
  },
  {
    name: 'server-error-not-accepted',
    what: 'a 5xx answer counts as an order that was not accepted',
    patches: [
      {
        file: 'exchange/outcome-policy.js',
        find: /if \(isServerFailure\(httpStatus\)\)\s+return unknown;/,
        replace: "if (httpStatus >= 500) return notAccepted('passing', codeText, message, 'later');",
      },
    ],
  },
  {
    name: 'target-ignored',
    what: 'neither the quantity nor the claim looks at the target of the proposal',
    patches: [
      { file: CLAIM, find: /^if stored_target\(takenUp\) ~= expectedTakenUp.*$/m, replace: '' },
      { file: 'apply/order-preparer.js', find: /Decimal\.min\(permits, target\.left\)/, replace: 'permits' },
    ],
  },
];

export function mutantNamed(name: string): Mutant {
  const mutant = MUTANTS.find((each) => each.name === name);
  if (mutant !== undefined) return mutant;
  throw new RangeError(`there is no mutant ${name}; there are: ${MUTANTS.map((each) => each.name).join(', ')}`);
}

/** A copy of the built application. */
export interface PrivateCopy {
  /** The file that Node runs. */
  readonly main: string;
  /** Holds the copy. */
  readonly resources: TempResources;
}

/** The files that a mutant changes, as it leaves them. Throws for a patch that does not fit the built application. */
export function patched(dist: string, mutant: Mutant): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of mutant.patches) {
    const text = texts.get(file) ?? readFileSync(join(resolve(dist), file), 'utf8');
    if (!find.test(text)) throw new Error(`the mutant ${mutant.name} does not fit any more: ${file} has no ${find}`);
    texts.set(file, text.replace(find, replace));
  }
  return texts;
}

/** A private copy of the built application, with the mutant's patches where one is given. */
export function privateCopy(dist: string, mutant?: Mutant): PrivateCopy {
  const resources = new TempResources('chaos');
  const { folder } = resources;
  const copy = join(folder, 'dist');
  cpSync(resolve(dist), copy, { recursive: true });
  const project = fileURLToPath(new URL('../..', import.meta.url));
  writeFileSync(join(folder, 'package.json'), readFileSync(join(project, 'package.json')));
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, text] of mutant === undefined ? [] : patched(dist, mutant)) writeFileSync(join(copy, file), text);
  return { main: join(copy, 'main.js'), resources };
}
