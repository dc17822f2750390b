import type { RequestState, Visibility } from "@serviceflow/domain";
import type { requestWords } from "../db/schema.ts";
import type { Values } from "../db/write.ts";
import {
  commentWords,
  MAX_COMMENT_PLACE,
  MAX_LEXEMES,
  quoted,
  quotedAll,
  requestMarks,
  SEVERAL,
  textWords,
  type WordedRequest,
} from "./words.ts";

type Worded = WordedRequest & Pick<RequestState, "title" | "description" | "version">;

type WordsRow = Values<typeof requestWords>;

interface Part {
  lexemes: Set<string>;
  row: WordsRow;
}

/** The rows of a request's words, by the rules of the statements that add one comment after the other. */
export class PartsOfWords {
  readonly listed: string[];
  readonly #request: Worded;
  readonly #parts: Part[];

  constructor(request: Worded) {
    const { vector, lexemes, listed, places } = textWords(request);
    this.#request = request;
    this.listed = listed;
    const part = this.#part(0, request.version);
    part.row.words += ` ${vector()}`;
    part.row.lastPlace = places;
    for (const lexeme of lexemes) part.lexemes.add(lexeme);
    this.#parts = [part];
  }

  #part(part: number, version: number): Part {
    const { id, number } = this.#request;
    const marks = requestMarks(this.#request);
    const words = quotedAll(marks);
    const places = { lastPlace: 0, lastCommentPlace: 0 };
    const row = { requestId: id, part, number, version, lastCommentId: null, ...places, words };
    return { lexemes: new Set(marks), row };
  }

  add({ id, body, visibility }: { id: string; body: string; visibility: Visibility }): void {
    const added = commentWords(body, visibility);
    const part = this.#forComment(added.places);
    const { row } = part;
    row.words += ` ${added.vector(row.lastPlace)}`;
    row.lastCommentId = id;
    row.lastPlace += added.places;
    if (added.places > 0) row.lastCommentPlace = row.lastPlace;
    for (const lexeme of added.lexemes) part.lexemes.add(lexeme);
    this.listed.push(...added.listed);
  }

  /** The last part, or a further one when that is full. */
  #forComment(places: number): Part {
    const last = this.#parts.at(-1) as Part;
    const isFull =
      last.lexemes.size >= MAX_LEXEMES ||
      (places > 0 && last.row.lastPlace + places > MAX_COMMENT_PLACE);
    if (!isFull) return last;
    const next = this.#part(this.#parts.length, 0);
    next.lexemes.add(SEVERAL);
    this.#parts.push(next);
    return next;
  }

  rows(): WordsRow[] {
    const mark = this.#parts.length > 1 ? ` ${quoted(SEVERAL)}` : "";
    return this.#parts.map(({ row }) => ({ ...row, words: row.words + mark }));
  }
}
