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
  if (OPEN.has(to.name)) return true;
  const person = await whoAmI();
  if (!person) return { name: "login", query: { next: to.fullPath } };
  // Without it no role counts, so there is nothing else to see here.
  return person.needs_second_factor && to.name !== "security" ? { name: "security" } : true;
});
