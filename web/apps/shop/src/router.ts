import { whoAmI } from "@ratchet/api";
import { createRouter, createWebHistory } from "vue-router";
import { routes } from "./routes.ts";

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes,
});

router.beforeEach(async (to) => {
  const person = await whoAmI();
  if (to.meta.person && !person) return { name: "login", query: { next: to.fullPath } };
  return true;
});
