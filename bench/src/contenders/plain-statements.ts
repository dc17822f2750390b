/** A statement with `$1`, `$2`, ..., and what these are. */
export interface PlainStatement {
  name: string;
  text: string;
  params: readonly string[];
}

const REQUEST = `r.id, r.title, r.description, r.status, r.priority, r.category, r.created_at, r.updated_at,
  r.requester_id, q.full_name as requester_name, r.assignee_id, a.full_name as assignee_name`;
const PEOPLE = "join users q on q.id = r.requester_id left join users a on a.id = r.assignee_id";

/** The statements of the plain service, which pgbench runs too. */
export const PLAIN = {
  authenticate: {
    name: "authenticate",
    text: `select u.id, u.full_name, u.role from api_keys k join users u on u.id = k.user_id
      where k.hash = $1 and k.revoked_at is null`,
    params: ["hash"],
  },
  read: {
    name: "read",
    text: `select ${REQUEST} from requests r ${PEOPLE} where r.id = $1`,
    params: ["id"],
  },
  list: {
    name: "list",
    text: `select ${REQUEST.replace("r.description, ", "")} from requests r ${PEOPLE}
      where r.status = $1 order by r.id desc limit $2`,
    params: ["status", "limit"],
  },
  create: {
    name: "create",
    text: `insert into requests (title, description, status, priority, category, requester_id)
      values ($1, $2, 'NEW', 'NORMAL', 'general', $3) returning *`,
    params: ["title", "description", "user"],
  },
  status: {
    name: "status",
    text: `with changed as (
        update requests set status = $2, assignee_id = coalesce(assignee_id, $3), updated_at = now()
        where id = $1 and status = 'NEW' returning *
      ), noted as (
        insert into history (request_id, actor_id, from_status, to_status) select id, $3, 'NEW', status from changed
      )
      select ${REQUEST} from changed r ${PEOPLE}`,
    params: ["id", "status", "user"],
  },
} as const satisfies Record<string, PlainStatement>;
