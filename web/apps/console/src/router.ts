import { whoAmI } from "@ratchet/api";
import { createRouter, createWebHistory } from "vue-router";
import { routes } from "./routes.ts";

export const router = createRouter({
  history: createWebHistory("/console/"),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes,
});

const OPEN = new Set<unknown>(["login", "setup", "join"]);

router.beforeEach(async (to) => {
  if (OPEN.has(to.name) || (await whoAmI())) return true;
  return { name: "login", query: { next: to.fullPath } };
});
