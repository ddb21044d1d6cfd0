import { Navigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { landing } from "./places";
import { useReader } from "./session";

/** The address without a page: everybody begins where their work is. */
export function Home(): ReactElement {
  return <Navigate to={landing(useReader())} search={{}} replace />;
}
