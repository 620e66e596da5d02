// The records of the API under the names that the pages use; the types themselves are generated.
import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type Role = Schemas['Role'];
export type Account = Schemas['AccountView'];
export type AccountRow = Schemas['AccountRow'];
export type Session = Schemas['SessionView'];
export type Token = Schemas['TokenView'];
export type Label = Schemas['Label'];
export type Hit = Schemas['Hit'];
export type HitPage = Schemas['Page_Hit'];
export type ObjectView = Schemas['ObjectView'];
export type VersionSummary = Schemas['VersionSummary'];
export type Proof = Schemas['Proof'];

export type Row = Schemas['PrintedRow'];
export type Column = Schemas['PrintedColumn'];
export type Status = Schemas['MeasureStatus'];
export type Programme = Schemas['ProgrammeView'];
export type Dependency = Schemas['Dependency'];
export type IndicatorValue = Schemas['IndicatorValue'];
export type MeasureSummary = Schemas['MeasureSummary'];
export type Measure = Schemas['Measure'];
export type StoredMeasure = Schemas['Stored_Measure'];
export type MeasureView = Schemas['MeasureView'];
export type MeasureInput = Schemas['MeasureChange'];
export type Evidence = Schemas['Evidence'];

export type Cycle = Schemas['CouncilCycle'];
export type CycleView = Schemas['CycleView'];
export type StoredCycle = Schemas['Stored_CouncilCycle'];
export type Score = Schemas['Score'];
export type Agreement = Schemas['Agreement'];
export type MeasureAgreement = Schemas['MeasureAgreement'];
export type AnswerKind = Schemas['AnswerKind'];
export type Proposal = Schemas['CouncilProposal'];
export type ReportedProposal = Schemas['ReportedProposal'];
export type FollowUp = Schemas['FollowUp'];
export type Review = Schemas['Review'];
export type Report = Schemas['CouncilReport'];

export type Sector = Schemas['Sector'];
export type Cause = Schemas['Cause'];
export type Malice = Schemas['Malice'];
export type Effect = Schemas['Effect'];
export type Unit = Schemas['MagnitudeUnit'];
export type Channel = Schemas['Channel'];
export type CostKind = Schemas['CostKind'];
export type AccidentColumn = Schemas['Founding']['column'];
export type Place = Schemas['Place'];
export type Magnitude = Schemas['Magnitude'];
export type Cost = Schemas['Cost'];
export type Incident = Schemas['Incident'];
export type Entry = Schemas['Entry'];
export type Matrix = Schemas['Matrix'];
export type Timeline = Schemas['Timeline'];
export type Imported = Schemas['Imported'];
export type IncidentQuery = NonNullable<operations['list_incidents']['parameters']['query']>;
