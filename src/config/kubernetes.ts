/** The variables that Kubernetes sets in every pod for a Service named `<name>` unless `enableServiceLinks` is false. */
const SERVICE_LINK =
  /^(?<service>[A-Z0-9_]+?)_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;
const LINK_VALUE = /^(?:tcp|udp|sctp):\/\//;

/** Whether the value of a `…_PORT` variable is the address that Kubernetes puts there. */
export function isServiceLink(variable: string, text: string): boolean {
  return variable.endsWith('_PORT') && LINK_VALUE.test(text);
}

/** What to do about a variable that looks like one of Kubernetes' service links; `undefined` if it does not. */
export function serviceLinkRemedy(variable: string, text: string): string | undefined {
  const service = SERVICE_LINK.exec(variable)?.groups?.['service'];
  if (service === undefined || (variable.endsWith('_PORT') && !isServiceLink(variable, text))) return undefined;
  const name = service.toLowerCase().replaceAll('_', '-');
  const alternative = variable === 'REDIS_PORT' ? ', rename the Service, or set REDIS_URL' : ' or rename the Service';
  return `Kubernetes sets ${variable} for a Service named "${name}": set enableServiceLinks: false in the pod spec${alternative}.`;
}
