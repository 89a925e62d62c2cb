import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string | number };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

export interface Container {
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly securityContext: {
    readonly allowPrivilegeEscalation: boolean;
    readonly privileged: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] };
  };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

export interface PodSpec {
  readonly enableServiceLinks: boolean;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly fsGroup: number;
    readonly seccompProfile: { readonly type: string };
  };
  readonly containers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string; readonly defaultMode: number };
    readonly configMap?: { readonly name: string };
    readonly persistentVolumeClaim?: { readonly claimName: string };
  }[];
}

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

type Labels = Readonly<Record<string, string>>;

export interface StatefulSet extends Named {
  readonly kind: 'StatefulSet';
  readonly spec: {
    readonly serviceName: string;
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
  };
}

export interface Service extends Named {
  readonly kind: 'Service';
  readonly spec: {
    readonly publishNotReadyAddresses?: boolean;
    readonly selector: Labels;
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
  };
}

export interface DisruptionBudget extends Named {
  readonly kind: 'PodDisruptionBudget';
  readonly spec: { readonly selector: { readonly matchLabels: Labels } };
}

export interface NetworkPolicy extends Named {
  readonly kind: 'NetworkPolicy';
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Labels };
    readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[];
  };
}

export type KubernetesObject = StatefulSet | Service | DisruptionBudget | NetworkPolicy;

const RENDERED = new URL('../../docker/kubernetes/permit-gate.yaml', import.meta.url);

/** The objects of a rendered file. Kubernetes reads YAML 1.1, where 0440 is octal. */
export function objectsOf(text: string = readFileSync(RENDERED, 'utf8')): KubernetesObject[] {
  const documents = parseAllDocuments(text, { version: '1.1' });
  return documents.flatMap((each) => (each.contents === null ? [] : [each.toJS() as KubernetesObject]));
}

/** Those of one kind, in the order of the file. */
export function ofKind<Kind extends KubernetesObject['kind']>(
  objects: readonly KubernetesObject[],
  kind: Kind,
): Extract<KubernetesObject, { kind: Kind }>[] {
  return objects.filter((each) => each.kind === kind) as Extract<KubernetesObject, { kind: Kind }>[];
}

/** Whether the labels of a pod have all that a selector asks for. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
