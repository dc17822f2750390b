/** Who is on a service request: says that you are, and shows who else is, as it changes. */
export {
  type EnterOptions,
  enterRequest,
  type Presence,
  type PresenceHandle,
} from "./enter-request.ts";
export { listPresence } from "./list-presence.ts";
