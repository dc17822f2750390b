/** Words so frequent that a search leaves them out, unless it has no others. */
const STOP_WORDS = new Set(
  `a about after all am an and any are as at be because been before being but by can did do does down during each few
  for from further had has have he her here hers him his how i if in into is it its just me more most my no nor not of
  off on once only or other our out over own same she should so some such than that the their them then there these
  they this those through to too under until up very was we were what when where which while who why will with you your
  а без более бы был была были было быть в вам вас вдруг ведь во вот все всего всех вы где да даже для до его ее если
  есть еще же за здесь и из или им их к как ко когда кто ли либо между меня мне может мы на над надо нас не него нее
  нет ни них но ну о об он она они от по под после при про с со так также там те тем то того тоже той только том ты у
  уж уже хоть чего чем через что чтоб чтобы эти этих это этого этой этом этот эту я`.split(/\s+/),
);

export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}
