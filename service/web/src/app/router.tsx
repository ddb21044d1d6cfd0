import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";

import { AUDIT_FIELDS, type AuditFilter } from "../api/audit";
import { EXPLORE_FIELDS, type ExploreFilter } from "../api/explore";
import type { LinkAddress } from "../api/open";
import { OWN_FIELDS, type OwnFilter } from "../api/own";
import { DELIVERY_FIELDS, type DeliveryFilter } from "../api/work";
import { Home } from "./Home";
import { NotFound } from "./NotFound";
import { Root } from "./Root";

/** Pages by address. `service/api/pages.py` serves the same list; a test compares them. */
const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: Home,
});

/** Whoever is nobody sees the login at any address; this one is for bookmarks. */
const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: Home,
});

/** What narrows the list. */
export interface WorklistSearch {
  view?: string;
  q?: string;
  status?: string;
  class?: string;
  hospital?: string;
}

const SEARCHED = ["view", "q", "status", "class", "hospital"] as const;

/** Addresses hold texts as they are: the router's own way would turn an ID `0012` into the number 12. */
const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search));
const stringifySearch = (search: Record<string, unknown>): string => {
  const given = Object.entries(search).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
};

function texts<Name extends string>(search: Record<string, unknown>, names: readonly Name[]): { [Each in Name]?: string } {
  const known = names.flatMap((name) => {
    const value = search[name];
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  return Object.fromEntries(known) as { [Each in Name]?: string };
}

const worklist = createRoute({
  getParentRoute: () => root,
  path: "/worklist",
  validateSearch: (search: Record<string, unknown>): WorklistSearch => texts(search, SEARCHED),
  component: lazyRouteComponent(() => import("../pages/worklist/WorklistPage"), "WorklistPage"),
});

const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("../pages/account/AccountPage"), "AccountPage"),
});

const users = createRoute({
  getParentRoute: () => root,
  path: "/users",
  component: lazyRouteComponent(() => import("../pages/users/UsersPage"), "UsersPage"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: (search: Record<string, unknown>): AuditFilter => texts(search, AUDIT_FIELDS),
  component: lazyRouteComponent(() => import("../pages/audit/AuditPage"), "AuditPage"),
});

const own = createRoute({
  getParentRoute: () => root,
  path: "/own",
  validateSearch: (search: Record<string, unknown>): OwnFilter => texts(search, OWN_FIELDS),
  component: lazyRouteComponent(() => import("../pages/own/OwnPage"), "OwnPage"),
});

const ownStudy = createRoute({
  getParentRoute: () => root,
  path: "/own/$hospital/$study",
  component: lazyRouteComponent(() => import("../pages/own/OwnStudyPage"), "OwnStudyPage"),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: "/centre",
  component: lazyRouteComponent(() => import("../pages/centre/OverviewPage"), "OverviewPage"),
});

const hospitals = createRoute({
  getParentRoute: () => root,
  path: "/centre/hospitals",
  component: lazyRouteComponent(() => import("../pages/centre/hospital/HospitalsPage"), "HospitalsPage"),
});

const hospital = createRoute({
  getParentRoute: () => root,
  path: "/centre/hospitals/$hospital",
  component: lazyRouteComponent(() => import("../pages/centre/hospital/HospitalPage"), "HospitalPage"),
});

const packages = createRoute({
  getParentRoute: () => root,
  path: "/centre/packages",
  component: lazyRouteComponent(() => import("../pages/centre/PackagesPage"), "PackagesPage"),
});

const queue = createRoute({
  getParentRoute: () => root,
  path: "/centre/queue",
  component: lazyRouteComponent(() => import("../pages/centre/QueuePage"), "QueuePage"),
});

const deliveries = createRoute({
  getParentRoute: () => root,
  path: "/centre/deliveries",
  validateSearch: (search: Record<string, unknown>): DeliveryFilter => texts(search, DELIVERY_FIELDS),
  component: lazyRouteComponent(() => import("../pages/centre/DeliveriesPage"), "DeliveriesPage"),
});

const quarantine = createRoute({
  getParentRoute: () => root,
  path: "/centre/quarantine",
  component: lazyRouteComponent(() => import("../pages/centre/QuarantinePage"), "QuarantinePage"),
});

const centreQuality = createRoute({
  getParentRoute: () => root,
  path: "/centre/quality",
  component: lazyRouteComponent(() => import("../pages/centre/QualityPage"), "QualityPage"),
});

/** What senior physicians see of the audits. */
const quality = createRoute({
  getParentRoute: () => root,
  path: "/quality",
  component: lazyRouteComponent(() => import("../pages/quality/QualityPage"), "QualityPage"),
});

const explore = createRoute({
  getParentRoute: () => root,
  path: "/explore",
  validateSearch: (search: Record<string, unknown>): ExploreFilter => texts(search, EXPLORE_FIELDS),
  component: lazyRouteComponent(() => import("../pages/explore/ExplorePage"), "ExplorePage"),
});

/** The link of a hospital's RIS or PACS; `POST /api/v1/open-links` makes it. */
const open = createRoute({
  getParentRoute: () => root,
  path: "/open",
  validateSearch: (search: Record<string, unknown>): LinkAddress => texts(search, ["accession", "study", "token"]),
  component: lazyRouteComponent(() => import("../pages/open/OpenPage"), "OpenPage"),
});

/** What `pages/reading/layout.ts` makes of series, slice, layout, active, mpr and link. window: `images`, for a second screen. */
export interface ReadingSearch {
  series?: string;
  slice?: string;
  layout?: string;
  active?: string;
  mpr?: string;
  link?: string;
  renderer?: string;
  window?: string;
}

const SHOWN = ["series", "slice", "layout", "active", "mpr", "link", "renderer", "window"] as const;

const reading = createRoute({
  getParentRoute: () => root,
  path: "/read/$hospital/$study",
  validateSearch: (search: Record<string, unknown>): ReadingSearch => texts(search, SHOWN),
  component: lazyRouteComponent(() => import("../pages/reading/ReadingPage"), "ReadingPage"),
});

const centre = [overview, hospitals, hospital, packages, queue, deliveries, quarantine, centreQuality] as const;

export const router = createRouter({
  routeTree: root.addChildren([home, login, worklist, account, own, ownStudy, ...centre, quality, users, audit, explore, open, reading]),
  parseSearch,
  stringifySearch,
  defaultPreload: false,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
