import { ATTENTIONS } from '../../src/gates/why/attention.js';
import { BLOCKERS } from '../../src/gates/why/blocker.js';
import { INSTANCE_STATES } from '../../src/gates/why/fleet.js';
import { GOVERNOR_REASONS, PLAN_REASONS, POSITION_REASONS, RESULT_ERRORS } from '../../src/flow/0-reasons.js';
import { generatedFrom, table } from './table.js';

interface Note {
  readonly mark?: string;
  readonly meaning: string;
}

/** One closed set: the page and the console both show these, and nothing else. */
interface ReasonSet {
  /** What the console calls it. */
  readonly name: string;
  readonly title: string;
  /** Where its words stand. */
  readonly where: string;
  /** What the heading of the first column says. */
  readonly head: string;
  readonly notes: Readonly<Record<string, Note>>;
}

const meanings = (set: Readonly<Record<string, string>>): Readonly<Record<string, Note>> =>
  Object.fromEntries(Object.entries(set).map(([word, meaning]) => [word, { meaning }]));

export const REASON_SETS: readonly ReasonSet[] = [
  {
    name: 'plan',
    title: 'Plans',
    where: '`reason_codes` of a plan, comma separated: why Apply did, or did not, publish it for execution.',
    head: 'reason',
    notes: PLAN_REASONS,
  },
  {
    name: 'governor',
    title: 'Governor',
    where: '`reason` of a block in `governor:block:<plan_id>`, and of a result whose `error` is `governor_denied`.',
    head: 'reason',
    notes: GOVERNOR_REASONS,
  },
  {
    name: 'p33',
    title: 'Position Brain',
    where: '`reason` of a denial in `permit:p33:<plan_id>`, and of a result whose `error` is `p33_denied`.',
    head: 'reason',
    notes: POSITION_REASONS,
  },
  {
    name: 'result',
    title: 'Results',
    where: `\`error\` of a result; empty when nothing went wrong. After \`governor_denied\` and \`p33_denied\` the mark of the issuer's reason
decides about a retry.`,
    head: 'reason',
    notes: RESULT_ERRORS,
  },
  {
    name: 'symbol',
    title: 'Why a symbol does not trade',
    where: `\`reason\` of a blocker in \`GET /api/v1/symbols/:symbol/why\`, \`GET /api/v1/positions\` and \`permit-gate why\`, in the order in
which they stop a plan.`,
    head: 'reason',
    notes: meanings(BLOCKERS),
  },
  {
    name: 'attention',
    title: 'What needs a person',
    where: '`reason` of an entry of `attention` in `GET /api/v1/status`, which `permit-gate status --check` prints.',
    head: 'reason',
    notes: meanings(ATTENTIONS),
  },
  {
    name: 'process',
    title: 'What a process is doing',
    where: '`state` of an instance in `GET /api/v1/fleet` and `permit-gate fleet`.',
    head: 'state',
    notes: meanings(INSTANCE_STATES),
  },
];

/** The text of `docs/reasons.md`, from the closed sets. */
export function renderReasonsPage(): string {
  const sections = REASON_SETS.map(
    ({ title, where, head, notes }) => `## ${title}\n\n${where}\n\n${reasonTable(head, notes)}`,
  );
  return `# Reasons

${generatedFrom('src/flow/0-reasons.ts and src/gates/why')}

Every reason this system gives for a plan is in one of four closed sets, and each is marked:

- **retryable**: the cause may pass. The dedupe key is released, and while the proposal is still fresh the
  plan is tried again as the next attempt, after a back-off.
- **final**: the plan ends here; only a new proposal makes a new plan.

${sections.join('\n\n')}
`;
}

/** The source of `src/console/reasons.generated.ts`: what the console explains a word with. */
export function renderReasonTexts(): string {
  const sets = Object.fromEntries(
    REASON_SETS.map(({ name, notes }) => [
      name,
      Object.fromEntries(Object.entries(notes).map(([word, { mark = '', meaning }]) => [word, [meaning, mark]])),
    ]),
  );
  return `// Generated from src/flow/0-reasons.ts and src/gates/why by \`npm run docs\`. Change it there, not here.

/** Of each closed set its words, each with its meaning and its mark (\`""\`: the set has no marks). */
export const REASONS: Readonly<Record<string, Readonly<Record<string, readonly [meaning: string, mark: string]>>>> = ${JSON.stringify(sets, null, 2)};
`;
}

function reasonTable(head: string, notes: Readonly<Record<string, Note>>): string {
  const all = Object.entries(notes);
  const isMarked = all.some(([, { mark }]) => mark !== undefined);
  return table(
    isMarked ? [head, 'mark', 'meaning'] : [head, 'meaning'],
    all.map(([word, { mark, meaning }]) => [`\`${word}\``, ...(mark === undefined ? [] : [mark]), meaning]),
  );
}
