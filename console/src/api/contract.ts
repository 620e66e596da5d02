// The API as agreed, until its OpenAPI document is generated.
export type Role =
  | 'operator' | 'director' | 'analyst' | 'secretary' | 'officer' | 'clerk' | 'assessor' | 'council' | 'public';

export interface Account {
  id: string; name: string; roles: Role[]; organisation?: string; communities: string[]; totp: boolean;
}
export interface Session {
  account: Account | null;
  node: { name: string; version: string; demonstration: boolean; oidc: boolean };
  capabilities: string[];
}
export interface Stored<T> {
  id: string; version: number; label: Label; owner?: string; author: string; created_at: string; recorded_at: string;
  synthetic: boolean; record: T;
}
export interface Label { tlp: string; audience: unknown; pap: string; view: string }
export interface Listing<T> { items: T[]; next?: string }
export interface Hit { id: string; kind: string; title: string; recorded_at: string; synthetic: boolean }
export interface VersionSummary { version: number; author: string; recorded_at: string; erased: boolean }
export interface Proof {
  position: number; entry: { kind: string; object: string; version: number; at: string; commitment: string };
  leaf: string; path: string[]; size: number; root: string;
}
export interface ObjectView {
  hit: Hit; relations: { relation: { from: string; name: string; to: string }; other: Hit }[];
  history: VersionSummary[]; proofs: Proof[];
}
export interface VersionBody { version: number; schema: number; author: string; recorded_at: string; body: Record<string, unknown> }
export interface Token { id: string; name: string; created_at: string; expires_at: string }
export interface AccountRow {
  id: string; name: string; roles: Role[]; organisation?: string; communities: string[]; totp: boolean; disabled: boolean;
}
export interface JobSummary { id: number; name: string; state: string; attempts: number; run_at: string; last_error?: string }

export type Row = 'prevention' | 'response' | 'base';
export type Column =
  | 'government' | 'critical_infrastructure' | 'firms_individuals' | 'sovereignty'
  | 'crime_privacy_international' | 'basic_technology';
export type Status = 'not_started' | 'planned' | 'in_progress' | 'achieved' | 'blocked' | 'unknown';
export interface IndicatorValue {
  id: string; name_ja: string; name_en: string; unit: string; direction: 'up' | 'down'; target?: number;
  kind: 'query' | 'entered'; query?: Record<string, unknown>; value: number | null; n?: number;
  interval?: { low: number; high: number };
  state: 'measured' | 'reported' | 'unknown' | 'expired'; as_of: string; expires?: string; source: string;
  readings: { at: string; value: number }[];
}
export interface MeasureSummary {
  id: string; no: number; strategy: number; printed_row: Row; printed_column: Column; group_heading: string;
  group_heading_en: string; effective_phase: Row;
  title_ja: string; title_en: string; same_title_as?: number; status: Status; owner?: string;
  indicators: IndicatorValue[]; version: number; may_edit: boolean;
  synthetic: boolean; next_milestone?: Milestone;
}
export interface Milestone { title: string; due: string; done_on?: string }
export interface Budget { amount: number; currency: string; fiscal_year: number; source: string }
export interface Evidence { title: string; url?: string; object?: string }
export interface Measure {
  no: number; strategy: number; printed_row: Row; printed_column: Column; group_heading: string;
  group_heading_en: string; effective_phase: Row;
  title_ja: string; title_en: string; same_title_as?: number; status: Status; owner?: string; partners: string[];
  milestones: Milestone[]; budget?: Budget; evidence: Evidence[]; note: string;
}
export interface Programme {
  strategies: { no: number; title_ja: string; title_en: string }[];
  items: { id: string; title_ja: string; title_en: string; indicators: IndicatorValue[] }[];
  base_year: { year: number; rows: { country: string; body: string; body_ja: string; staff: number | null; part_time: boolean; source: string }[] };
  status_counts: Partial<Record<Status, number>>;
}

export type Sector =
  | 'information_communication' | 'finance' | 'aviation' | 'airport' | 'railway' | 'electric_power' | 'gas'
  | 'government_services' | 'medical' | 'water' | 'logistics' | 'chemical' | 'credit' | 'petroleum' | 'port'
  | 'government' | 'municipality' | 'enterprise' | 'individual';
export type Cause =
  | 'malware' | 'intrusion' | 'denial_of_service' | 'insider' | 'theft_loss' | 'misuse' | 'operating_error'
  | 'configuration_error' | 'software_fault' | 'hardware_fault' | 'supplier' | 'nature' | 'unknown';
export type Malice = 'yes' | 'no' | 'unknown';
export type Effect = 'availability' | 'confidentiality' | 'integrity' | 'safety';
export type Unit =
  | 'persons' | 'records' | 'organisations' | 'systems' | 'services' | 'sites' | 'lines' | 'flights' | 'transactions'
  | 'litres' | 'minutes' | 'hours' | 'days' | 'injured' | 'deaths';
export type Channel = 'mandatory_report' | 'survey' | 'press' | 'own';
export type CostKind =
  | 'response_recovery' | 'business_interruption' | 'asset_fraud' | 'compensation' | 'legal_regulatory'
  | 'operating_costs' | 'reputation' | 'competitive_position' | 'other' | 'total';
export type AccidentColumn = 'government' | 'critical_infrastructure' | 'firms_individuals';
export interface Place { country?: string; prefecture?: string; text?: string }
export interface Magnitude { value: number; upper?: number; unit: Unit; approximate?: boolean; note?: string }
export interface Cost { kind: CostKind; amount: number; currency: string; n?: number; source: string }
export interface Source { title: string; url?: string; date?: string }
export interface Incident {
  title_ja?: string; title_en?: string; summary_ja?: string; summary_en?: string; date: string; end?: string;
  sector: Sector; place?: Place; cause: Cause; malicious?: Malice; effects?: Effect[]; magnitudes?: Magnitude[];
  channel: Channel; reported_on?: string; costs?: Cost[]; sources?: Source[];
  founding?: { table: number; column: AccidentColumn; number: number };
}
export interface Entry extends Stored<Incident> {
  may_edit: boolean;
  derived: { malicious: Malice; column: AccidentColumn; precision: string; reporting_delay_days?: { least: number; most: number } };
}
export interface FoundingColumns { government: number; critical_infrastructure: number; firms_individuals: number }
export interface Matrix {
  sectors: Sector[]; causes: Cause[]; cells: { sector: Sector; cause: Cause; n: number; synthetic: number }[];
  n: number; synthetic: number; founding: { availability: FoundingColumns; confidentiality_integrity: FoundingColumns };
}
export interface Timeline { years: { year: number; n: number; synthetic: number; by_cause: Record<string, number> }[] }
export interface Imported {
  rows: number; first: Incident[]; errors: { line: number; field: string; reason: string }[]; saved: number;
  unchanged: number; unmapped: { path: string; records: number }[];
}
export interface IncidentQuery {
  sector?: Sector; cause?: Cause; effect?: Effect; column?: AccidentColumn; malicious?: Malice; synthetic?: boolean;
  year?: number; sort?: 'date' | '-date' | 'recorded'; after?: string; limit?: number;
}
export interface Dependency { measure: number; needs: number[]; reason_ja: string; reason_en: string }
export interface Review { cycle: string; title: string; synthetic: boolean; agreement: MeasureAgreement }
export interface MeasureView {
  measure: Stored<Measure>; may_edit: boolean; indicators: IndicatorValue[]; council: Proposal[]; reviews: Review[];
  needs: Dependency[]; needed_by: number[];
}
export interface MeasureInput {
  version: number; owner?: string; partners: string[]; status: Status; milestones: Milestone[]; budget?: Budget;
  evidence: Evidence[]; note: string;
}
export interface ReadingInput { indicator: string; value: number; source: string; expires: string }
export type CycleState = 'open' | 'closed' | 'published';
export type AnswerKind = 'accept' | 'part' | 'refuse';
export interface ProposalAnswer { answer: AnswerKind; reason: string; date?: string; answered_on: string }
export interface AnswerInput { answer: AnswerKind; reason: string; date?: string }
export interface Proposal {
  cycle: string; number: number; measure: number; text: string; addressee: string; follow_up: string; made_on: string;
  status_then: Status; answer?: ProposalAnswer;
}
export interface ProposalInput { measure: number; text: string; addressee: string; follow_up: string }
export interface MeasureAgreement {
  no: number; scores: number[]; conflicts: number; spread: number; disagrees: boolean; comments?: string[];
}
export interface Agreement { alpha: number | null; members: number; pairable: number; by_measure: MeasureAgreement[] }
export interface FollowUp {
  proposal: string; measure: number; text: string; follow_up: string; answer?: AnswerKind; status_then: Status;
  status_now: Status;
}
export interface Cycle {
  title: string; members: { account: string; name: string }[]; due: string; state: CycleState; frozen_at: string;
  follow_ups?: FollowUp[]; scored?: { member: string; at: string; measures: number }[]; closed_at?: string;
  agreement?: Agreement; report?: string;
}
export interface Score { measure: number; score?: number; comment: string; conflict: boolean }
export interface CycleView { cycle: Stored<Cycle>; proposals: Proposal[]; scores: Score[]; may: CyclePowers; answerable: number[] }
export interface CyclePowers { score: boolean; close: boolean; propose: boolean; publish: boolean }
export interface ReportSummary {
  id: string; title: string; published_at: string; members: number; members_scored: number; alpha: number | null;
  proposals: number; unanswered: number; synthetic: boolean;
}
export type ReportedProposal = Omit<Proposal, 'cycle' | 'made_on' | 'status_then'>;
export interface Report {
  cycle: string; title: string; frozen_at: string; closed_at: string; published_at: string; members: number;
  members_scored: number; alpha: number | null; measures: ReportedMeasure[]; proposals: ReportedProposal[];
  follow_ups: FollowUp[];
}
export interface ReportedMeasure {
  no: number; title_ja: string; title_en: string; status: Status; owner?: string; scores: number[]; conflicts: number;
  spread: number; disagrees: boolean;
}


type Json<T> = { headers: Record<string, unknown>; content: { 'application/json': T } };
type Operation<Out, Query = never, Path = never, In = never> = {
  parameters: { query?: Query; header?: never; cookie?: never } & ([Path] extends [never] ? { path?: never } : { path: Path });
  responses: { 200: Json<Out>; default: Json<unknown> };
} & ([In] extends [never] ? { requestBody?: never } : { requestBody: { content: { 'application/json': In } } });

export interface paths {
  '/session': {
    get: Operation<Session>;
    post: Operation<Session, never, never, { name: string; password: string; code?: string }>;
    delete: Operation<never>;
  };
  '/session/invitation': { post: Operation<Session, never, never, { secret: string; password: string }> };
  '/search': { get: Operation<Listing<Hit>, { q: string; kind?: string; after?: string; limit?: number }> };
  '/objects/{id}': { get: Operation<ObjectView, never, { id: string }> };
  '/objects/{id}/versions/{version}': { get: Operation<VersionBody, never, { id: string; version: number }> };
  '/registry/incidents': {
    get: Operation<Listing<Entry>, IncidentQuery>;
    post: Operation<{ id: string; version: number }, never, never, { label?: Label; record: Incident }>;
  };
  '/registry/incidents/{id}': {
    get: Operation<Entry, never, { id: string }>;
    put: Operation<{ id: string; version: number }, never, { id: string }, { version: number; record: Incident }>;
  };
  '/registry/matrix': { get: Operation<Matrix> };
  '/registry/timeline': { get: Operation<Timeline> };
  '/programme': { get: Operation<Programme> };
  '/programme/measures': { get: Operation<{ items: MeasureSummary[] }> };
  '/programme/measures/{no}': {
    get: Operation<MeasureView, never, { no: number }>;
    put: Operation<Stored<Measure>, never, { no: number }, MeasureInput>;
  };
  '/programme/measures/{no}/readings': { post: Operation<unknown, never, { no: number }, ReadingInput> };
  '/programme/council/members': { get: Operation<{ items: { id: string; name: string; organisation?: string }[] }> };
  '/programme/council/cycles': {
    get: Operation<Listing<Stored<Cycle>>>;
    post: Operation<{ id: string; version: number }, never, never, { title: string; members: string[]; due: string }>;
  };
  '/programme/council/cycles/{id}': { get: Operation<CycleView, never, { id: string }> };
  '/programme/council/cycles/{id}/scores': { post: Operation<unknown, never, { id: string }, { scores: Score[] }> };
  '/programme/council/cycles/{id}/close': { post: Operation<Agreement, never, { id: string }> };
  '/programme/council/cycles/{id}/proposals': { post: Operation<unknown, never, { id: string }, ProposalInput> };
  '/programme/council/cycles/{id}/proposals/{number}/answer': {
    post: Operation<unknown, never, { id: string; number: number }, AnswerInput>;
  };
  '/programme/council/cycles/{id}/publish': { post: Operation<unknown, never, { id: string }> };
  '/programme/council/reports': { get: Operation<Listing<ReportSummary>> };
  '/programme/council/reports/{id}': { get: Operation<Stored<Report>, never, { id: string }> };
  '/account/password': { put: Operation<unknown, never, never, { current: string; new: string }> };
  '/account/totp': {
    post: Operation<{ secret: string; uri: string }>;
    put: Operation<unknown, never, never, { code: string }>;
    delete: Operation<unknown, never, never, { password: string }>;
  };
  '/account/tokens': {
    get: Operation<{ items: Token[] }>;
    post: Operation<{ token: string }, never, never, { name: string; days: number }>;
  };
  '/account/tokens/{id}': { delete: Operation<unknown, never, { id: string }> };
  '/accounts': {
    get: Operation<Listing<AccountRow>>;
    post: Operation<{ id: string; link: string }, never, never, { name: string; roles: Role[]; organisation?: string; communities: string[] }>;
  };
  '/accounts/{id}': {
    put: Operation<unknown, never, { id: string }, { roles: Role[]; organisation?: string; communities: string[]; disabled: boolean }>;
  };
  '/accounts/{id}/invitation': { post: Operation<{ link: string }, never, { id: string }> };
  '/jobs': { get: Operation<Listing<JobSummary>> };
  '/jobs/{id}/revive': { post: Operation<unknown, never, { id: number }> };
}
