import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { NotFound } from "../app/not-found.tsx";
import { HomePage } from "../pages/home/home-page.tsx";
import { InboxPage } from "../pages/inbox/inbox-page.tsx";
import { inboxSearch } from "../pages/inbox/inbox-search.ts";
import { RequestPage } from "../pages/request/request-page.tsx";
import { Gate } from "./gate.tsx";
import { Start } from "./start.tsx";

const rootRoute = createRootRoute({ component: Gate, notFoundComponent: NotFound });
const route = <Path extends string>(path: Path) => ({ getParentRoute: () => rootRoute, path });

const startRoute = createRoute({ ...route("/"), component: Start });
const inboxRoute = createRoute({
  ...route("/inbox"),
  validateSearch: inboxSearch,
  component: InboxPage,
});
const requestRoute = createRoute({ ...route("/requests/$id"), component: RequestPage });
const homeRoute = createRoute({ ...route("/home"), component: HomePage });
const newRequestRoute = createRoute({
  ...route("/new"),
  component: lazyRouteComponent(
    () => import("../pages/new-request/new-request-page.tsx"),
    "NewRequestPage",
  ),
});
const youRoute = createRoute({
  ...route("/you"),
  component: lazyRouteComponent(() => import("../pages/you/you-page.tsx"), "YouPage"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    startRoute,
    inboxRoute,
    requestRoute,
    homeRoute,
    newRequestRoute,
    youRoute,
  ]),
  basepath: "/console",
  scrollRestoration: true,
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
