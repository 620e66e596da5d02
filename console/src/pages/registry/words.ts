// The closed lists of words in which an accident is told, in the order of the registry.
import type { AccidentColumn, Cause, Channel, CostKind, Effect, Malice, Sector, Unit } from '../../api/types';

export const sectors = [
  'government', 'municipality', 'information_communication', 'finance', 'aviation', 'airport', 'railway',
  'electric_power', 'gas', 'government_services', 'medical', 'water', 'logistics', 'chemical', 'credit', 'petroleum',
  'port', 'enterprise', 'individual',
] as const satisfies readonly Sector[];

export const causes = [
  'malware', 'intrusion', 'denial_of_service', 'insider', 'theft_loss', 'misuse', 'operating_error',
  'configuration_error', 'software_fault', 'hardware_fault', 'supplier', 'nature', 'unknown',
] as const satisfies readonly Cause[];

export const malices = ['yes', 'no', 'unknown'] as const satisfies readonly Malice[];

export const effects = ['availability', 'confidentiality', 'integrity', 'safety'] as const satisfies readonly Effect[];

export const units = [
  'persons', 'records', 'organisations', 'systems', 'services', 'sites', 'lines', 'flights', 'transactions', 'litres',
  'minutes', 'hours', 'days', 'injured', 'deaths',
] as const satisfies readonly Unit[];

export const channels = ['mandatory_report', 'survey', 'press', 'own'] as const satisfies readonly Channel[];

export const costKinds = [
  'response_recovery', 'business_interruption', 'asset_fraud', 'compensation', 'legal_regulatory', 'operating_costs',
  'reputation', 'competitive_position', 'other', 'total',
] as const satisfies readonly CostKind[];

export const columns = [
  'government', 'critical_infrastructure', 'firms_individuals',
] as const satisfies readonly AccidentColumn[];
