import {
  canView,
  type Principal,
  type RequestFacts,
  toPublicId,
  type UserRef,
} from "@serviceflow/domain";
import { endedKey, KEY_AND_USER, STANDING } from "../access/authority.ts";
import type { Reads } from "../db/database.ts";
import { apiKeys, requests, users } from "../db/schema.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

const keyHolders = statement(
  "presence_key_holders",
  sql`
    select ${columns({ key: apiKeys.id, user: users.id, kind: users.kind, ...STANDING })}
    from ${KEY_AND_USER} where ${apiKeys.id} = any(${p("keys", "uuid[]")})`,
);

const PLACE = {
  number: requests.number,
  status: requests.status,
  requesterId: requests.requesterId,
  submitterId: requests.submitterId,
  assigneeId: requests.assigneeId,
};

const places = statement(
  "presence_requests",
  sql`select ${columns(PLACE)} from ${requests} where ${requests.number} = any(${p("numbers", "int[]")})`,
);

/** The holder of a key or session. */
export type Holder = Principal & UserRef;

/** Whose keys and sessions still work, and who may view which request, as of one moment. */
export class Standings {
  readonly #holders: ReadonlyMap<string, Holder>;
  readonly #requests: ReadonlyMap<number, RequestFacts>;

  private constructor(
    holders: ReadonlyMap<string, Holder>,
    requests: ReadonlyMap<number, RequestFacts>,
  ) {
    this.#holders = holders;
    this.#requests = requests;
  }

  static async load(
    db: Reads,
    keys: ReadonlySet<string>,
    numbers: ReadonlySet<number>,
    clock: () => Date,
  ): Promise<Standings> {
    const [held, placed] = await Promise.all([
      keys.size === 0 ? [] : db.query(keyHolders, { keys: [...keys] }),
      db.query(places, { numbers: [...numbers] }),
    ]);
    const now = clock().toISOString();
    return new Standings(
      new Map(
        held
          .filter((row) => endedKey(row, now) === null)
          .map((row) => [
            row.key,
            {
              id: toPublicId("user", row.user),
              fullName: row.actorName,
              role: row.actorRole,
              kind: row.kind,
            },
          ]),
      ),
      new Map(
        placed.map(({ number, status, requesterId, submitterId, assigneeId }) => [
          number,
          {
            status,
            requester: { id: toPublicId("user", requesterId) },
            submitter: { id: toPublicId("user", submitterId) },
            assignee: assigneeId === null ? null : { id: toPublicId("user", assigneeId) },
          },
        ]),
      ),
    );
  }

  /** The holder of a key that works, if they may view the request. */
  viewer(keyUuid: string, number: number): Holder | null {
    const holder = this.#holders.get(keyUuid);
    return holder && this.mayView(holder, number) ? holder : null;
  }

  mayView(caller: Principal, number: number): boolean {
    const request = this.#requests.get(number);
    return request !== undefined && canView(request, caller);
  }
}
