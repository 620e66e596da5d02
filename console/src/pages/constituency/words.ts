// The closed lists of words of the constituency, in the order in which they are offered.
import type {
  ContactChannel, ContactLanguage, ContactRole, DelegatedAct, HealthFilter, Inventory, OrganisationKind, ProductExposure, SizeBand,
} from '../../api/types';

export const organisationKinds = [
  'government', 'prefecture', 'municipality', 'operator', 'hub', 'csirt', 'vendor', 'enterprise', 'academia',
  'association', 'individual', 'unknown',
] as const satisfies readonly OrganisationKind[];

export const sizes = ['up_to20', 'up_to100', 'up_to300', 'up_to1000', 'over1000'] as const satisfies readonly SizeBand[];

export const inventories = ['unknown', 'partial', 'complete'] as const satisfies readonly Inventory[];

export const contactRoles = [
  'general', 'security', 'deputy', 'duty', 'technical', 'executive', 'public_relations',
] as const satisfies readonly ContactRole[];

export const contactChannels = ['email', 'telephone', 'inbox', 'webhook'] as const satisfies readonly ContactChannel[];

export const contactLanguages = ['ja', 'en'] as const satisfies readonly ContactLanguage[];

export const exposures = ['internet_facing', 'internal', 'unknown'] as const satisfies readonly ProductExposure[];

export const delegatedActs = ['receive', 'answer', 'maintain'] as const satisfies readonly DelegatedAct[];

export const healthFilters = ['verified', 'none_verified', 'stale', 'dead'] as const satisfies readonly HealthFilter[];

export const contactStates = ['verified', 'stale', 'dead'] as const;
