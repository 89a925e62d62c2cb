{{- define "permit-gate.selector" -}}
app.kubernetes.io/name: permit-gate
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "permit-gate.labels" -}}
app.kubernetes.io/name: permit-gate
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "permit-gate.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Variables that name a file of the role's Secret, by the key in it. */}}
{{- define "permit-gate.secretFiles" -}}
REDIS_PASSWORD_FILE: redis-password
ADMIN_TOKENS_FILE: admin_tokens.json
AUDIT_KEY_FILE: audit-key
{{- if eq .role "apply" }}
REDIS_OPERATOR_PASSWORD_FILE: operator-password
{{- end }}
{{- if .root.Values.sentinelPassword }}
REDIS_SENTINEL_PASSWORD_FILE: sentinel-password
{{- end }}
{{- if eq .root.Values.archive.to "postgres" }}
ARCHIVE_POSTGRES_URL_FILE: archive-url
{{- end }}
{{- if .root.Values.signing }}
{{- if eq .role "apply" }}
PERMIT_TRUSTED_KEYS_FILE: trusted_keys.json
{{- else }}
PERMIT_SIGNING_KEY_FILE: signing-key
{{- end }}
{{- end }}
{{- if ne .role "governor" }}
{{- $account := eq .root.Values.account "production" | ternary "BINANCE" "BINANCE_TESTNET" }}
{{ $account }}_API_KEY_FILE: exchange-key
{{ $account }}_API_SECRET_FILE: exchange-secret
{{- end }}
{{- end }}

{{/* What this chart sets itself; values.schema.json refuses these in `environment`. */}}
{{- define "permit-gate.environment" -}}
ROLES: {{ .role }}
APPLY_MODE: {{ .root.Values.mode }}
HTTP_HOST: 0.0.0.0
HTTP_PORT: {{ .root.Values.httpPort | int | quote }}
P33_METRICS_PORT: '0'
CONTROL_STATE_DIR: /var/lib/permit-gate
REDIS_USERNAME: permit-gate-{{ .role }}
PERMIT_SIGNING: {{ .root.Values.signing | ternary "ed25519" "off" | quote }}
{{- if eq .role "apply" }}
REDIS_OPERATOR_USERNAME: permit-gate-operator
{{- end }}
{{- if ne .root.Values.archive.to "off" }}
ARCHIVE_TO: {{ .root.Values.archive.to }}
{{- end }}
{{- if eq .root.Values.archive.to "files" }}
ARCHIVE_DIR: /var/lib/permit-gate-archive
{{- end }}
{{- if .root.Values.symbolValues }}
CONFIG_DIR: /etc/permit-gate/config
{{- end }}
{{- if .root.Values.certificateAuthority.configMap }}
NODE_EXTRA_CA_CERTS: /etc/permit-gate/ca/{{ .root.Values.certificateAuthority.key }}
{{- end }}
{{- if and (eq .role "governor") (eq .root.Values.mode "dry_run") (eq .root.Values.account "production") }}
EXCHANGE_REST_URL: https://fapi.binance.com
EXCHANGE_WS_URL: wss://fstream.binance.com
{{- end }}
{{- range $name, $key := fromYaml (include "permit-gate.secretFiles" .) }}
{{ $name }}: /etc/permit-gate/secrets/{{ $key }}
{{- end }}
{{- end }}
