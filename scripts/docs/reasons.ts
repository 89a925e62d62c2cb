import { ATTENTIONS } from '../../src/gates/why/attention.js';
import { BLOCKERS } from '../../src/gates/why/blocker.js';
import { INSTANCE_STATES } from '../../src/gates/why/fleet.js';
import { GOVERNOR_REASONS, PLAN_REASONS, POSITION_REASONS, RESULT_ERRORS } from '../../src/flow/0-reasons.js';
import { generatedFrom, table } from './table.js';

type Notes = Readonly<Record<string, { readonly mark: string; readonly meaning: string }>>;

/** The text of `docs/reasons.md`, from the closed sets. */
export function renderReasonsPage(): string {
  return `# Reasons

${generatedFrom('src/flow/0-reasons.ts and src/gates/why')}

Every reason this system gives for a plan is in one of four closed sets, and each is marked:

- **retryable**: the cause may pass. The dedupe key is released, and while the proposal is still fresh the
  plan is tried again as the next attempt, after a back-off.
- **final**: the plan ends here; only a new proposal makes a new plan.

## Plans

\`reason_codes\` of a plan, comma separated: why Apply did, or did not, publish it for execution.

${reasonTable(PLAN_REASONS)}

## Governor

\`reason\` of a block in \`governor:block:<plan_id>\`, and of a result whose \`error\` is \`governor_denied\`.

${reasonTable(GOVERNOR_REASONS)}

## Position Brain

\`reason\` of a denial in \`permit:p33:<plan_id>\`, and of a result whose \`error\` is \`p33_denied\`.

${reasonTable(POSITION_REASONS)}

## Results

\`error\` of a result; empty when nothing went wrong. After \`governor_denied\` and \`p33_denied\` the mark of the issuer's reason
decides about a retry.

${reasonTable(RESULT_ERRORS)}

## Why a symbol does not trade

\`reason\` of a blocker in \`GET /api/v1/symbols/:symbol/why\`, \`GET /api/v1/positions\` and \`permit-gate why\`, in the order in
which they stop a plan.

${table(
  ['reason', 'meaning'],
  Object.entries(BLOCKERS).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
)}

## What needs a person

\`reason\` of an entry of \`attention\` in \`GET /api/v1/status\`, which \`permit-gate status --check\` prints.

${table(
  ['reason', 'meaning'],
  Object.entries(ATTENTIONS).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
)}

## What a process is doing

\`state\` of an instance in \`GET /api/v1/fleet\` and \`permit-gate fleet\`.

${table(
  ['state', 'meaning'],
  Object.entries(INSTANCE_STATES).map(([state, meaning]) => [`\`${state}\``, meaning]),
)}
`;
}

function reasonTable(notes: Notes): string {
  const rows = Object.entries(notes).map(([reason, { mark, meaning }]) => [`\`${reason}\``, mark, meaning]);
  return table(['reason', 'mark', 'meaning'], rows);
}
