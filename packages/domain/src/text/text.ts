/** What a text may be. */
export interface TextRule {
  /** Minimum number of characters once normalised. A text that has a minimum needs a visible character as well. */
  min: number;
  /** Maximum number of characters once normalised. Characters are Unicode code points, not UTF-16 units. */
  max: number;
  /** Line breaks and tabs: `kept`, `folded` to a blank, or `refused`. */
  breaks: "kept" | "folded" | "refused";
}

export const TITLE: TextRule = { min: 2, max: 200, breaks: "folded" };
export const DESCRIPTION: TextRule = { min: 0, max: 10_000, breaks: "kept" };
export const COMMENT_BODY: TextRule = { min: 1, max: 10_000, breaks: "kept" };
export const REASON: TextRule = { min: 1, max: 1_000, breaks: "kept" };
export const FULL_NAME: TextRule = { min: 1, max: 200, breaks: "refused" };
export const KEY_NAME: TextRule = { min: 1, max: 100, breaks: "refused" };
export const CATEGORY_NAME: TextRule = { min: 1, max: 100, breaks: "refused" };
export const CATEGORY_DESCRIPTION: TextRule = { min: 0, max: 500, breaks: "kept" };
export const WEBHOOK_DESCRIPTION: TextRule = { min: 0, max: 200, breaks: "refused" };
export const SEARCH_QUERY: TextRule = { min: 1, max: 200, breaks: "folded" };
