const VOWEL = "[aeiouy]";
const CONSONANT = "[^aeiouy]";
const HAS_VOWEL = new RegExp(VOWEL);
const REGION = new RegExp(`^.*?${VOWEL}${CONSONANT}`);
/** Words whose first region would begin too early. */
const LATE_REGION = /^(?:gener|commun|arsen)/;
const FINAL_Y = new RegExp(`(?<=.${CONSONANT})[yY]$`);
const SHORT_END = new RegExp(`(?:^${VOWEL}${CONSONANT}|${CONSONANT}${VOWEL}[^aeiouywxY])$`);

const IRREGULAR = new Map([
  ["skis", "ski"],
  ["skies", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["idly", "idl"],
  ["gently", "gentl"],
  ["ugly", "ugli"],
  ["early", "earli"],
  ["only", "onli"],
  ["singly", "singl"],
  ...["sky", "news", "howe", "atlas", "cosmos", "bias", "andes"].map(
    (word) => [word, word] as const,
  ),
]);
const KEPT = new Set("inning outing canning herring earring proceed exceed succeed".split(" "));

/** Endings of step 2 and 3, the longest that fits first, and what takes their place. */
const STEP_2: readonly [ending: RegExp, instead: string][] = [
  [/(?:ization|izer)$/, "ize"],
  [/(?:ational|ation|ator)$/, "ate"],
  [/tional$/, "tion"],
  [/fulness$/, "ful"],
  [/(?:ousness|ousli)$/, "ous"],
  [/(?:iveness|iviti)$/, "ive"],
  [/biliti$/, "ble"],
  [/(?:alism|aliti|alli)$/, "al"],
  [/entli$/, "ent"],
  [/lessli$/, "less"],
  [/fulli$/, "ful"],
  [/enci$/, "ence"],
  [/anci$/, "ance"],
  [/abli$/, "able"],
  [/bli$/, "ble"],
  [/(?<=l)ogi$/, "og"],
  [/(?<=[cdeghkmnrt])li$/, ""],
];
const STEP_3: readonly [ending: RegExp, instead: string][] = [
  [/ational$/, "ate"],
  [/tional$/, "tion"],
  [/alize$/, "al"],
  [/(?:icate|iciti|ical)$/, "ic"],
  [/(?:ful|ness)$/, ""],
];
const STEP_4 =
  /(?:ement|ance|ence|able|ible|ment|ent|ant|ism|ate|iti|ous|ive|ize|al|er|ic|(?<=[st])ion)$/;

/**
 * The stem of an English word of the letters a to z.
 * @see https://snowballstem.org/algorithms/english/stemmer.html
 */
export function stemEnglish(word: string): string {
  if (word.length < 3) return word;
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  const marked = word.replace(/^y/, "Y").replace(/(?<=[aeiouy])y/g, "Y");
  const r1 = LATE_REGION.exec(marked)?.[0].length ?? regionAfter(marked, 0);
  const r2 = regionAfter(marked, r1);
  let stem = withoutPlural(marked);
  if (KEPT.has(stem)) return stem;
  stem = withoutTense(stem, r1).replace(FINAL_Y, "i");
  stem = replaced(stem, STEP_2, r1);
  stem = replaced(stem, STEP_3, r1);
  if (endsIn(stem, "ative", r2)) stem = stem.slice(0, -5);
  const ending = STEP_4.exec(stem);
  if (ending && ending.index >= r2) stem = stem.slice(0, ending.index);
  return withoutFinal(stem, r1, r2).toLowerCase();
}

/** Where the part after the first consonant after a vowel begins. */
function regionAfter(word: string, from: number): number {
  const match = REGION.exec(word.slice(from));
  return match ? from + match[0].length : word.length;
}

function endsIn(word: string, ending: string, region: number): boolean {
  return word.endsWith(ending) && word.length - ending.length >= region;
}

function withoutPlural(word: string): string {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (/ie[ds]$/.test(word)) return word.slice(0, word.length > 4 ? -2 : -1);
  if (/[us]s$/.test(word) || !word.endsWith("s")) return word;
  return HAS_VOWEL.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function withoutTense(word: string, r1: number): string {
  const eed = /eed(?:ly)?$/.exec(word);
  if (eed) return eed.index >= r1 ? `${word.slice(0, eed.index)}ee` : word;
  const ending = /(?:ingly|edly|ing|ed)$/.exec(word);
  const stem = word.slice(0, ending?.index);
  if (!ending || !HAS_VOWEL.test(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (/(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(stem)) return stem.slice(0, -1);
  return stem.length <= r1 && SHORT_END.test(stem) ? `${stem}e` : stem;
}

function replaced(word: string, endings: typeof STEP_2, region: number): string {
  for (const [ending, instead] of endings) {
    const match = ending.exec(word);
    if (match) return match.index >= region ? word.slice(0, match.index) + instead : word;
  }
  return word;
}

function withoutFinal(word: string, r1: number, r2: number): string {
  const last = word.length - 1;
  const stem = word.slice(0, last);
  if (word.endsWith("e")) {
    return last >= r2 || (last >= r1 && !SHORT_END.test(stem)) ? stem : word;
  }
  return word.endsWith("ll") && last >= r2 ? stem : word;
}
