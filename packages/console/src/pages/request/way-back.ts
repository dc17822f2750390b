import { useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { type Origin, originOf, placeIn } from "../../app/origin.ts";
import { isStaff, useMe } from "../../app/session.tsx";

export interface WayBack {
  /** The list that one came from. */
  origin: Origin | undefined;
  index: number;
  before: string | undefined;
  after: string | undefined;
  goTo: (id: string | undefined) => void;
  /** To the list, on the row of the request. */
  back: () => void;
  /** To the next request of the list, else back. */
  onwards: () => void;
}

/** The list that a request was opened from: the ones beside it, and the way back to its row. */
export function useWayBack(id: string): WayBack {
  const navigate = useNavigate();
  const router = useRouter();
  const me = useMe();
  const [origin] = useState(() => originOf(id));
  const place = placeIn(origin ?? { ids: [] }, id);
  const goTo = (to: string | undefined) => {
    if (to === undefined) return;
    // In place, so that one step back is the list again.
    void navigate({ to: "/requests/$id", params: { id: to }, replace: true });
  };
  const back = () => {
    const home = isStaff(me) ? "/inbox" : "/home";
    if (origin === undefined) {
      if (router.history.canGoBack()) router.history.back();
      else void navigate({ to: home });
      return;
    }
    const search = origin.search.row === id ? origin.search : { ...origin.search, row: id };
    if (origin.search.row === id && router.history.canGoBack()) router.history.back();
    else void navigate({ to: origin.to, search, replace: true });
  };
  return {
    origin,
    ...place,
    goTo,
    back,
    onwards: () => (place.after === undefined ? back() : goTo(place.after)),
  };
}
