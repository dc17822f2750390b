const GERUND = /(?:(?<=[ая])(?:вшись|вши|в)|[иы](?:вшись|вши|в))$/;
const REFLEXIVE = /с[яь]$/;
const ADJECTIVE = /(?:[иы]ми|[ео]го|[ео]му|[иыое]е|[еиыо]й|[еиыо]м|[иы]х|[ую]ю|[ая]я|[ое]ю)$/;
const PARTICIPLE = /(?:(?<=[ая])(?:ем|нн|вш|ющ|щ)|(?:[иы]вш|ующ))$/;
const VERB =
  /(?:(?<=[ая])(?:ете|йте|ешь|нно|ла|на|ли|ем|ло|но|ет|ют|ны|ть|й|л|н)|[еу]йте|[иы]ла|[иы]ли|[иы]ло|[иы]ть|ена|ите|ено|ует|уют|ены|ишь|[еу]й|[иы]л|[иы]м|[иы]т|ен|ят|ую|ю)$/;
const NOUN =
  /(?:иями|[яа]ми|ией|иям|ием|иях|[ео]в|[иь]е|еи|ии|[еои]й|[яа]м|[ео]м|[ая]х|[иь]ю|[иь]я|[аеийоуыьюя])$/;

/**
 * The stem of a Russian word of the letters а to я, with е for ё.
 * @see https://snowballstem.org/algorithms/russian/stemmer.html
 */
export function stemRussian(word: string): string {
  const start = /^.*?[аеиоуыэюя]/.exec(word)?.[0] ?? word;
  const ending = withoutEnding(word.slice(start.length)).replace(/и$/, "");
  const derived = withoutDerivation(ending, secondRegion(word) - start.length);
  const plain = derived.replace(/ейше?$/, "");
  if (plain !== derived) return start + plain.replace(/нн$/, "н");
  return start + (/нн$/.test(plain) ? plain.slice(0, -1) : plain.replace(/ь$/, ""));
}

function withoutEnding(text: string): string {
  const gerund = text.replace(GERUND, "");
  if (gerund !== text) return gerund;
  const plain = text.replace(REFLEXIVE, "");
  const adjective = plain.replace(ADJECTIVE, "");
  if (adjective !== plain) return adjective.replace(PARTICIPLE, "");
  const verb = plain.replace(VERB, "");
  return verb !== plain ? verb : plain.replace(NOUN, "");
}

function withoutDerivation(ending: string, region: number): string {
  const match = /ость?$/.exec(ending);
  return match && match.index >= region ? ending.slice(0, match.index) : ending;
}

/** Where the part after the second consonant after a vowel begins. */
function secondRegion(word: string): number {
  const match = /^.*?[аеиоуыэюя][^аеиоуыэюя].*?[аеиоуыэюя][^аеиоуыэюя]/.exec(word);
  return match ? match[0].length : word.length;
}
