// @ts-check
/** Checks Kubernetes objects against the types of the API: a field that does not exist, is missing, or has another type is a fault. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { ensureKubernetesTypes } from './ensure-helm.mjs';

/** @typedef {{ readonly apiVersion: string, readonly kind: string, readonly metadata: { readonly name: string } }} KubernetesObject */

/** Where the type of an object is, and what is left of it to compare: a TypeScript name beside the kind for custom resources. */
const MONITORING = 'monitoring.coreos.com/v1';
const GROUPS = new Map([
  ['v1', 'kubernetes-types/core/v1'],
  ['apps/v1', 'kubernetes-types/apps/v1'],
  ['policy/v1', 'kubernetes-types/policy/v1'],
  ['networking.k8s.io/v1', 'kubernetes-types/networking/v1'],
]);

/**
 * TypeScript refuses members of an object literal that its type does not have, at every depth.
 *
 * @param {readonly KubernetesObject[]} objects
 * @returns {string[]} the faults, each with the object's kind and name
 */
export function objectFaults(objects) {
  const unknown = objects.filter(({ apiVersion }) => !GROUPS.has(apiVersion) && apiVersion !== MONITORING);
  const known = objects.filter((object) => !unknown.includes(object));
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-objects-'));
  try {
    const file = join(folder, 'objects.ts');
    const lines = known.flatMap((object, index) => [
      typeImport(object, `T${index}`),
      `export const o${index}: T${index} = ${JSON.stringify(object)};`,
    ]);
    writeFileSync(file, `${lines.join('\n')}\n`);
    const folders = ensureKubernetesTypes();
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      lib: ['lib.es2023.d.ts'],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      paths: Object.fromEntries(Object.entries(folders).map(([name, path]) => [`${name}/*`, [`${path}/*`]])),
    });
    const faults = ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map((found) => {
      const line = ts.getLineAndCharacterOfPosition(/** @type {ts.SourceFile} */ (found.file), found.start ?? 0).line;
      const object = known[Math.floor(line / 2)];
      return `${object?.kind} ${object?.metadata.name}: ${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`;
    });
    return [...unknown.map(({ apiVersion, kind }) => `${kind}: no type is known for ${apiVersion}`), ...faults];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {KubernetesObject} object
 * @param {string} name
 */
function typeImport({ apiVersion, kind }, name) {
  if (apiVersion === MONITORING)
    return `import type { I${kind} as ${name} } from '@kubernetes-models/prometheus-operator/${MONITORING}/${kind}';`;
  return `import type { ${kind} as ${name} } from '${GROUPS.get(apiVersion)}.js';`;
}
