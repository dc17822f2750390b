/** The prefix of every public id, by what it names. A request's id is its number: SF-1042. */
export const ID_PREFIX = {
  user: "usr",
  apiKey: "key",
  code: "cod",
  comment: "cmt",
  auditEntry: "evt",
  webhook: "whk",
  delivery: "dlv",
} as const;
export type IdKind = keyof typeof ID_PREFIX;

const HYPHEN = 0x2d;
const NINE = 0x39;
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
/** Ten bits as two letters. */
const PAIRS = [...ALPHABET].flatMap((high) => [...ALPHABET].map((low) => high + low));
const VALUE = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/**
 * A UUID as a TypeID: `usr_01hzy3...`, 26 letters of Crockford's base 32, lower case. Implemented here rather than
 * with `typeid-js`, because the domain has no dependency.
 * @see https://github.com/jetify-com/typeid/tree/main/spec
 */
export function toPublicId(kind: IdKind, uuid: string): string {
  let letters = "";
  // 128 bits in 26 letters of five bits: the first letter holds the top three.
  let bits = 2;
  let held = 0;
  for (let i = 0; i < uuid.length; i += 1) {
    const code = uuid.charCodeAt(i);
    if (code === HYPHEN) continue;
    held = (held << 4) | (code <= NINE ? code & 15 : (code & 15) + 9);
    bits += 4;
    if (bits >= 10) {
      bits -= 10;
      letters += PAIRS[held >> bits];
      held &= (1 << bits) - 1;
    }
  }
  return `${ID_PREFIX[kind]}_${letters}`;
}

/** The UUID inside a TypeID of that kind, or null for anything else. */
export function toUuid(kind: IdKind, publicId: string): string | null {
  const prefix = `${ID_PREFIX[kind]}_`;
  if (publicId.length !== prefix.length + 26 || !publicId.startsWith(prefix)) return null;
  let hex = "";
  let bits = -2;
  let held = 0;
  for (let i = prefix.length; i < publicId.length; i += 1) {
    const value = VALUE.get(publicId[i] as string);
    // The first letter may not exceed three bits, or it would overflow 128.
    if (value === undefined || (bits === -2 && value > 7)) return null;
    held = (held << 5) | value;
    bits += 5;
    while (bits >= 4) {
      bits -= 4;
      hex += ((held >> bits) & 15).toString(16);
      held &= (1 << bits) - 1;
    }
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const REQUEST_PREFIX = "SF-";
/** Numbers stay within a signed 32-bit integer, the width of the column. */
const MAX_REQUEST_NUMBER = 2_147_483_647;

export function toRequestId(number: number): string {
  return `${REQUEST_PREFIX}${number}`;
}

/** The number in a request's public id, or null when it is not one. People write `sf-1042` as well. */
export function toRequestNumber(id: string): number | null {
  const match = /^SF-([1-9]\d{0,9})$/i.exec(id);
  const number = match ? Number(match[1]) : null;
  return number !== null && number <= MAX_REQUEST_NUMBER ? number : null;
}
