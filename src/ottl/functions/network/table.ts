import type { Converter } from '../../function.js';
import { communityId } from './community-id.js';
import { isInCidr } from './is-in-cidr.js';
import { url } from './url.js';
import { userAgentConverter } from './user-agent.js';

/** Converters on addresses, URLs and clients. */
export const networkFunctions: readonly Converter[] = [isInCidr, communityId, url, userAgentConverter];
