import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { LoadFailure } from "../app/failure.tsx";
import { loadPart } from "../app/load-part.ts";
import { NotFound } from "../app/not-found.tsx";
import { auditSearch } from "../pages/audit/audit-search.ts";
import { boardSearch } from "../pages/board/board-search.ts";
import { dashboardSearch } from "../pages/dashboard/dashboard-search.ts";
import { homeSearch } from "../pages/home/home-search.ts";
import { InboxPage } from "../pages/inbox/inbox-page.tsx";
import { inboxSearch } from "../pages/inbox/inbox-search.ts";
import { keysSearch } from "../pages/keys/keys-search.ts";
import { newRequestSearch } from "../pages/new-request/new-request-search.ts";
import { peopleSearch } from "../pages/people/people-search.ts";
import { webhooksSearch } from "../pages/webhooks/webhooks-search.ts";
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
const requestRoute = createRoute({
  ...route("/requests/$id"),
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/request/request-page.tsx")),
    "RequestPage",
  ),
});
const homeRoute = createRoute({
  ...route("/home"),
  validateSearch: homeSearch,
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/home/home-page.tsx")),
    "HomePage",
  ),
});
const newRequestRoute = createRoute({
  ...route("/new"),
  validateSearch: newRequestSearch,
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/new-request/new-request-page.tsx")),
    "NewRequestPage",
  ),
});
const youRoute = createRoute({
  ...route("/you"),
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/you/you-page.tsx")),
    "YouPage",
  ),
});

const peopleRoute = createRoute({
  ...route("/people"),
  validateSearch: peopleSearch,
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/people/people-page.tsx")),
    "PeoplePage",
  ),
});
const personRoute = createRoute({
  ...route("/people/$id"),
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/people/person-page.tsx")),
    "PersonPage",
  ),
});
const keysRoute = createRoute({
  ...route("/keys"),
  validateSearch: keysSearch,
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/keys/keys-page.tsx")),
    "KeysPage",
  ),
});
const categoriesRoute = createRoute({
  ...route("/categories"),
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/categories/categories-page.tsx")),
    "CategoriesPage",
  ),
});
const webhooksRoute = createRoute({
  ...route("/webhooks"),
  validateSearch: webhooksSearch,
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/webhooks/webhooks-page.tsx")),
    "WebhooksPage",
  ),
});
const auditRoute = createRoute({
  ...route("/audit"),
  validateSearch: auditSearch,
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/audit/audit-page.tsx")),
    "AuditPage",
  ),
});

const boardRoute = createRoute({
  ...route("/board"),
  validateSearch: boardSearch,
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/board/board-page.tsx")),
    "BoardPage",
  ),
});
const dashboardRoute = createRoute({
  ...route("/dashboard"),
  validateSearch: dashboardSearch,
  component: lazyRouteComponent(
    () => loadPart(() => import("../pages/dashboard/dashboard-page.tsx")),
    "DashboardPage",
  ),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    startRoute,
    inboxRoute,
    requestRoute,
    homeRoute,
    newRequestRoute,
    youRoute,
    boardRoute,
    dashboardRoute,
    peopleRoute,
    personRoute,
    keysRoute,
    categoriesRoute,
    webhooksRoute,
    auditRoute,
  ]),
  basepath: "/console",
  scrollRestoration: true,
  defaultPreload: "intent",
  defaultErrorComponent: Broken,
});

/** In place of a page that has failed. */
function Broken({ error }: ErrorComponentProps) {
  return <LoadFailure level={1} error={error} retry={() => location.reload()} />;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
