// The roles that an account can be given; "public" is what everybody has without one.
import type { Role } from '../../api/types';

export const assignableRoles = [
  'operator', 'director', 'analyst', 'secretary', 'officer', 'clerk', 'assessor', 'council',
] as const satisfies readonly Role[];
