import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { ChainProblem, StateProblem } from "@serviceflow/sdk";

/** Where a chain breaks. */
export const CHAIN_WORDS: Record<ChainProblem, MessageDescriptor> = {
  seal_missing: msg`A seal is missing or out of place.`,
  entry_missing: msg`An entry is missing.`,
  entry_changed: msg`An entry or its seal was changed.`,
  entry_moved: msg`An entry was moved.`,
  entry_unsealed: msg`An entry was added without a seal.`,
  value_changed: msg`A name, an address or a text was changed.`,
  value_missing: msg`A name, an address or a text is missing, and no erasure explains it.`,
  head_mismatch: msg`The end is not the end of this chain.`,
  anchor_mismatch: msg`The chain does not contain the earlier head: the log was rewritten or cut.`,
  malformed_line: msg`A line is not one of an export, or is out of place.`,
  truncated: msg`The file is cut off: its end is missing.`,
};

export const STATE_WORDS: Record<StateProblem, MessageDescriptor> = {
  field_differs: msg`is not what the log says`,
  row_missing: msg`is missing`,
  row_unexplained: msg`is not explained by the log`,
};
