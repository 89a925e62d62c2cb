import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALERTS, pageOf } from '../../scripts/docs/runbook/alerts.js';
import { ROWS } from '../../scripts/docs/runbook/dashboard.js';
import { METRIC_NAMES, metricsIn, restrictedTo } from '../../scripts/docs/runbook/metric-names.js';
import { ADVICE } from '../../scripts/docs/runbook/reason-advice.js';
import { RUNBOOK } from '../../scripts/docs/runbook/pages.js';
import { createProgram } from '../../src/cli/program.js';

/** Words of PromQL and labels, which are not metrics. */
const LANGUAGE = new Set(
  'max min sum count avg abs rate increase absent time histogram_quantile by and or unless bool deriv on le'.split(' '),
);
const LABELS = new Set(
  'symbol reason decision error step status issuer source stream group instance part endpoint outcome address version channel'.split(
    ' ',
  ),
);
const QUERIES = ROWS.flatMap(({ panels }) =>
  panels.flatMap(({ title, queries }) => Object.values(queries).map((query) => [title, query] as const)),
);

/** Every word of a query outside of braces, ranges and numbers. */
function wordsOf(query: string): string[] {
  const bare = query.replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ');
  return [...bare.matchAll(/(?<![\w.])[a-z_]\w*/g)].map(([word]) => word);
}

/** What is wrong with a command as it is written: there is none of that name, or it has no such option. */
function faultsOf(text: string): string[] {
  let command = createProgram();
  for (const word of text.split(/\s+/).slice(1)) {
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) break;
    command = next;
  }
  if (command.name() === 'permit-gate') return [`${text}: there is no such command`];
  const known = command.options.map(({ long }) => long);
  return [...text.matchAll(/--[a-z-]+/g)].flatMap(([option]) =>
    known.includes(option) ? [] : [`${text}: no ${option}`],
  );
}

const commandsIn = (page: string): string[] =>
  [...page.matchAll(/`(permit-gate [^`]+)`/g)].map(([, text = '']) => text);

describe('the alert rules', () => {
  it.each(ALERTS.map((alert) => [alert.name, alert] as const))('%s asks for metrics that exist', (_, { expr }) => {
    expect(metricsIn(expr).length).toBeGreaterThan(0);
    expect(wordsOf(expr).filter((word) => !METRIC_NAMES.has(word) && !LANGUAGE.has(word) && !LABELS.has(word))).toEqual(
      [],
    );
  });

  it.each(ALERTS.map((alert) => [alert.name, alert] as const))('%s has samples of what it asks for', (_, alert) => {
    const asked = new Set(metricsIn(alert.expr));
    for (const samples of [alert.fires, alert.quiet])
      expect(Object.keys(samples).filter((series) => asked.has(series.split('{')[0] ?? '')).length).toBeGreaterThan(0);
  });

  it.each(ALERTS.map((alert) => [alert.name, alert] as const))(
    '%s has a page, which begins with a command that exists',
    (_, alert) => {
      const page = readFileSync(new URL(`../../${pageOf(alert)}`, import.meta.url), 'utf8');
      expect(/```sh\n(.*)\n```/.exec(page)?.[1]).toBe(alert.command);
      expect([alert.command, ...commandsIn(page)].flatMap(faultsOf)).toEqual([]);
    },
  );

  it('have different names', () => expect(new Set(ALERTS.map(({ name }) => name)).size).toBe(ALERTS.length));

  it.each([
    ['max(armed) == 0', 'max(armed{OF}) == 0'],
    ['gate_fault{part="audit"} == 1', 'gate_fault{OF,part="audit"} == 1'],
    [
      'sum by (le) (rate(apply_permit_wait_seconds_bucket[5m]))',
      'sum by (le) (rate(apply_permit_wait_seconds_bucket{OF}[5m]))',
    ],
    ['absent(up)', 'absent(up{OF})'],
  ])('are restricted to their job: %s', (query, restricted) => expect(restrictedTo('OF', query)).toBe(restricted));
});

describe('the dashboard', () => {
  it.each(QUERIES)('%s asks for metrics that exist: %s', (_, query) => {
    expect(metricsIn(query).length).toBeGreaterThan(0);
    expect(
      wordsOf(query).filter((word) => !METRIC_NAMES.has(word) && !LANGUAGE.has(word) && !LABELS.has(word)),
    ).toEqual([]);
  });

  it('shows every panel once, and none above another', () => {
    const { panels } = JSON.parse(
      readFileSync(new URL('../../docker/grafana/permit-gate.json', import.meta.url), 'utf8'),
    ) as {
      panels: { id: number; type: string; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    expect(panels.filter(({ type }) => type !== 'row')).toHaveLength(ROWS.flatMap((row) => row.panels).length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)}:${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe('the runbook', () => {
  it.each(Object.entries(ADVICE))('has a command that exists for %s', (_, { act, command }) => {
    expect([command, ...commandsIn(act)].flatMap(faultsOf)).toEqual([]);
  });

  it.each(Object.keys(RUNBOOK))('%s exists', (path) =>
    expect(existsSync(new URL(`../../${path}`, import.meta.url))).toBe(true),
  );
});
