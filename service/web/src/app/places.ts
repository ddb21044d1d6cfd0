/** Which pages there are for whom: by the rights that the session names. A page asks the same table before it shows. */

import type { Right, SessionView } from "../api/types";

export const PLACES = [
  { to: "/worklist", right: "read-studies", key: "worklist" },
  { to: "/quality", right: "audit-reports", key: "quality" },
  { to: "/own", right: "follow-own", key: "own" },
  { to: "/centre", right: "manage-centre", key: "centre" },
  { to: "/users", right: "manage-users", key: "users" },
  { to: "/audit", right: "search-audit", key: "audit" },
  { to: "/explore", right: "explore", key: "explore" },
] as const satisfies readonly { to: string; right: Right; key: string }[];

export type Place = (typeof PLACES)[number];

export function placesOf(view: SessionView): Place[] {
  return PLACES.filter((place) => view.user.rights.includes(place.right));
}

/** Where somebody begins after signing in; their own account is everybody's. */
export function landing(view: SessionView): Place["to"] | "/account" {
  return placesOf(view)[0]?.to ?? "/account";
}
