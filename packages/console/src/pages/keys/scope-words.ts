import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { Scope } from "@serviceflow/sdk";

/** The scopes, from the least to the most. */
export const SCOPE_ORDER = ["requests:read", "requests:write", "admin"] as const satisfies Scope[];

export const SCOPE_WORDS: Record<Scope, { name: MessageDescriptor; means: MessageDescriptor }> = {
  "requests:read": {
    name: msg`Read requests`,
    means: msg`See requests, comments and what happens to them`,
  },
  "requests:write": {
    name: msg`Work on requests`,
    means: msg`File, claim, comment, finish; reading is part of it`,
  },
  admin: {
    name: msg`Administer`,
    means: msg`People, keys, categories, webhooks, the audit log; reading is part of it`,
  },
};
