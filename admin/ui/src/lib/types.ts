// What the admin API answers (docs/admin-api.md). Fields that a version may lack are optional.
export interface CoolDown {
  model: string | null;
  quota: string | null;
  until: string;
}
export interface Limits {
  [name: string]: number; // 0: none
}
// How far a limit is used up; money is in dollars.
export interface Standing {
  limit: number;
  used: number;
  reserved: number; // held by requests under way
  share: number;
  resets_at: string | null;
}
export interface LimitRow extends Standing {
  scope: 'key' | 'project' | 'client';
  subject: string;
  name: string;
  which: string;
}
// How far a declared quota of Google's is used up, for one model.
export interface QuotaUse {
  model: string;
  which: string;
  limit: number;
  used: number;
  resets_at: string | null;
}
export interface Project {
  name: string;
  keys: number;
  in_flight: number;
  exhausted_until: string | null;
  limits: Limits;
  quota: Limits;
  usage_of_limits: Record<string, Standing>;
  usage_of_quota?: QuotaUse[];
  origin: string;
}
export interface Client {
  id: string;
  name: string;
  enabled: boolean;
  state: 'active' | 'disabled' | 'exhausted';
  exhausted_until: string | null;
  limits: Limits;
  usage_of_limits: Record<string, Standing>;
  origin: string;
  created: string | null;
  in_flight: number;
  calls: number;
  refused: number;
  tokens_used: number;
  last_used: string | null;
}
export type KeyState = 'healthy' | 'cooling' | 'quarantined' | 'disabled' | 'exhausted';
export interface Key {
  id: string;
  name: string;
  fingerprint: string;
  project: string | null;
  service: 'gemini' | 'vertex';
  state: KeyState;
  exhausted_until: string | null;
  reason: string | null;
  enabled: boolean;
  weight: number;
  priority: number;
  models: string[];
  limits: Limits;
  quota: Limits;
  usage_of_limits: Record<string, Standing>;
  usage_of_quota?: QuotaUse[];
  tier: string;
  origin: string;
  durable: boolean;
  in_flight: number;
  calls: number;
  errors: number;
  first_seen?: string | null;
  last_used: string | null;
  next_probe: string | null;
  cooldowns: CoolDown[];
}
export interface Counts {
  total_api_keys: number;
  healthy: number;
  cooling: number;
  quarantined: number;
  disabled: number;
  exhausted?: number;
}
export interface KeyUse {
  id: string;
  calls_made: number;
  tokens_used: number;
  last_used: string | null;
  errors: number;
  estimated_cost_usd: number | null;
}
export interface Status extends Counts {
  next_recovery: string | null;
  api_key_usage: Record<string, KeyUse>;
}
export interface UsageSum {
  total_calls: number;
  total_tokens: number;
  prompt_tokens: number;
  output_tokens: number;
  thought_tokens: number;
  cached_tokens: number;
  errors: number;
  calls_of_unknown_cost: number;
  estimated_cost_usd: number | null;
}
export interface Credits extends UsageSum {
  since: string;
  per_key: Record<string, UsageSum>;
  per_project: Record<string, UsageSum>;
  per_model: Record<string, UsageSum>;
  per_client: Record<string, UsageSum>;
  limits: LimitRow[];
  alerts: unknown[];
}
export interface Request {
  request_id: string;
  ended: string;
  method: string;
  route: string;
  model: string | null;
  key: string | null;
  key_name: string | null;
  client?: string | null;
  attempts: number;
  status: number;
  outcome: string;
  reason: string | null;
  cancelled: boolean;
  prompt_tokens: number;
  output_tokens: number;
  total_tokens: number;
  cost_usd: number | null;
  cost_basis: string; // why the cost is what it is, or unknown
  bytes_in: number;
  bytes_out: number;
  total_ms: number;
  upstream_ms: number;
  first_byte_ms: number;
  receiving_ms: number;
  waited_ms: number;
  overhead_ms: number;
  trace_id: string | null;
  trail: Attempt[];
  trail_left_out: number;
}
// One try with one key: why it was made, what came of it, and what that did to the key.
export interface Attempt {
  key: string;
  key_name: string | null;
  project: string | null;
  why: string;
  policy: string;
  fit: string;
  half_open: boolean;
  pinned: boolean;
  queued: boolean;
  outcome: string;
  reason: string | null;
  upstream_status: number | null;
  quotas: string[];
  effect: 'cooled' | 'quarantined' | 'project_exhausted' | null;
  until: string | null;
  route: string;
  connection: 'new' | 'reused' | null;
  waited_ms: number;
  start_ms: number;
  duration_ms: number;
}
export interface Histogram {
  buckets: number[];
  sum_ms: number;
}
export interface Overview {
  requests: number;
  errors: number;
  rotated: number;
  tokens: number;
  connections: number;
  streams_in_flight: number;
  bounds_ms: number[];
  overhead: Histogram;
  first_byte: Histogram;
  duration: Histogram;
}
export interface Session {
  version: string;
  needs_token: boolean;
  logged_in: boolean;
}
export interface Validation {
  valid: boolean;
  reason: string | null;
  message?: string;
  models: number | null; // null: its service lists none
}
