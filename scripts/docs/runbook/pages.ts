import { REASON_SETS } from '../reasons.js';
import { generatedFrom, table } from '../table.js';
import type { Alert } from './alert.js';
import { ALERTS, pageOf } from './alerts.js';
import { ADVICE, type Reason } from './reason-advice.js';

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

function renderAlertPage(alert: Alert): string {
  return `# ${alert.name}

${generatedFrom('scripts/docs/runbook')}

**${alert.severity}** · ${alert.summary.replaceAll(/\{\{[^}]*\}\}/g, '…')}

\`\`\`sh
${alert.command}
\`\`\`

## What it means

${alert.meaning}

## How to look

${list(alert.look)}

## What to do

${list(alert.act)}

## When it fires

\`\`\`promql
${alert.expr}
\`\`\`

${alert.for === '0s' ? 'At once.' : `After ${alert.for}.`} [All alerts](README.md)
`;
}

function renderIndex(): string {
  const rows = ALERTS.map(({ name, severity, meaning, command }) => [
    `[${name}](${name}.md)`,
    severity,
    meaning.split('. ')[0]?.replace(/\.$/, '') ?? '',
    `\`${command}\``,
  ]);
  return `# Runbook

${generatedFrom('scripts/docs/runbook')}

A page for each alert of \`docker/prometheus/alerts.yml\`: what it means, how to look, what to do, and the command to begin with.
[Reasons](reasons.md) has the same for each reason that the gate gives. What is in capitals is yours; \`"…"\` is your reason.

**Everything must stop:** \`permit-gate kill --reason "…"\`. It needs no Redis and no Prometheus, and says what is certain.

${table(['alert', 'severity', 'in short', 'begin with'], rows)}
`;
}

function renderReasonAdvice(): string {
  // The state of a process says by itself what to do.
  const sections = REASON_SETS.filter(({ name }) => name !== 'process').map(({ title, notes }) => {
    const rows = Object.entries(notes).map(([reason, { meaning }]) => {
      const { act, command } = ADVICE[reason as Reason];
      return [`\`${reason}\``, meaning, act, `\`${command}\``];
    });
    return `## ${title}\n\n${table(['reason', 'meaning', 'what to do', 'begin with'], rows)}`;
  });
  return `# What to do about a reason

${generatedFrom('src/flow/0-reasons.ts, src/gates/why and scripts/docs/runbook')}

[Reasons](../reasons.md) says which are retried. What is in capitals is yours; \`"…"\` is your reason.

${sections.join('\n\n')}
`;
}

/** Every page of the runbook, by its path. */
export const RUNBOOK: Readonly<Record<string, () => string>> = {
  'docs/runbook/README.md': renderIndex,
  'docs/runbook/reasons.md': renderReasonAdvice,
  ...Object.fromEntries(ALERTS.map((alert) => [pageOf(alert), () => renderAlertPage(alert)])),
};
