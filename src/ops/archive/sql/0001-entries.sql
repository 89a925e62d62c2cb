CREATE TABLE permit_gate_migrations (
  number integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- One table for each kind. An entry is named by its stream id, so that one that is delivered again is not stored again.
CREATE TABLE plans (
  deployment text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  symbol text COLLATE "C" NOT NULL,
  plan_id text COLLATE "C" NOT NULL,
  attempt integer NOT NULL,
  action text NOT NULL,
  decision text NOT NULL,
  fields json NOT NULL,
  too_large_bytes bigint,
  PRIMARY KEY (deployment, id)
);
CREATE INDEX plans_by_symbol ON plans (deployment, symbol, at, plan_id);
CREATE INDEX plans_by_time ON plans (deployment, at, plan_id);
CREATE INDEX plans_by_plan ON plans (deployment, plan_id);

CREATE TABLE verdicts (
  deployment text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  symbol text COLLATE "C" NOT NULL,
  plan_id text COLLATE "C" NOT NULL,
  attempt integer NOT NULL,
  issuer text NOT NULL,
  verdict text NOT NULL,
  reason text NOT NULL,
  fields json NOT NULL,
  too_large_bytes bigint,
  PRIMARY KEY (deployment, id)
);
CREATE INDEX verdicts_by_symbol ON verdicts (deployment, symbol, at);
CREATE INDEX verdicts_by_time ON verdicts (deployment, at);
CREATE INDEX verdicts_by_plan ON verdicts (deployment, plan_id);

CREATE TABLE results (
  deployment text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  symbol text COLLATE "C" NOT NULL,
  plan_id text COLLATE "C" NOT NULL,
  attempt integer NOT NULL,
  decision text NOT NULL,
  state text NOT NULL,
  error text NOT NULL,
  reason text NOT NULL,
  fields json NOT NULL,
  too_large_bytes bigint,
  PRIMARY KEY (deployment, id)
);
CREATE INDEX results_by_symbol ON results (deployment, symbol, at);
CREATE INDEX results_by_time ON results (deployment, at);
CREATE INDEX results_by_plan ON results (deployment, plan_id);

CREATE TABLE control (
  deployment text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  symbol text COLLATE "C" NOT NULL,
  plan_id text COLLATE "C" NOT NULL,
  attempt integer NOT NULL,
  event text NOT NULL,
  reason text NOT NULL,
  fields json NOT NULL,
  too_large_bytes bigint,
  PRIMARY KEY (deployment, id)
);
CREATE INDEX control_by_symbol ON control (deployment, symbol, at);
CREATE INDEX control_by_time ON control (deployment, at);
